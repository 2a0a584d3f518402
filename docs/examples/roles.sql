-- Once, as the database's administrator:
--   psql --set ON_ERROR_STOP=1 --file docs/examples/roles.sql postgres
-- Then give each a password (\password beatcheck_app) or let them in by certificate, and in the new database:
--   CREATE EXTENSION postgis
-- beatcheck_owner migrates and owns the tables; beatcheck_app serves, and can neither change a table nor rewrite a fact
-- or the log; beatcheck_auditor reads the log and nothing else. docs/examples/grants.sql says which rows each may touch.
CREATE ROLE beatcheck_owner LOGIN;
CREATE ROLE beatcheck_app LOGIN;
CREATE ROLE beatcheck_auditor LOGIN;

CREATE DATABASE beatcheck OWNER beatcheck_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE beatcheck FROM PUBLIC;
GRANT CONNECT ON DATABASE beatcheck TO beatcheck_app, beatcheck_auditor;
