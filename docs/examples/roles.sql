-- Once, as the database's administrator:
--   psql --set ON_ERROR_STOP=1 --file docs/examples/roles.sql postgres
-- Then give each a password (\password beatcheck_app) or let them in by certificate, and in the new database:
--   CREATE EXTENSION postgis
-- beatcheck_owner migrates and owns the tables; beatcheck_app serves, and can neither change a table nor rewrite a fact
-- or the log; beatcheck_keeper erases what the rules let go, and does nothing else; beatcheck_backup reads everything and
-- adds to the log that it did; beatcheck_auditor reads the log and nothing else. docs/examples/grants.sql says what each
-- may do with each table.
CREATE ROLE beatcheck_owner LOGIN;
CREATE ROLE beatcheck_app LOGIN;
CREATE ROLE beatcheck_keeper LOGIN;
CREATE ROLE beatcheck_backup LOGIN;
CREATE ROLE beatcheck_auditor LOGIN;

CREATE DATABASE beatcheck OWNER beatcheck_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE beatcheck FROM PUBLIC;
GRANT CONNECT ON DATABASE beatcheck TO beatcheck_app, beatcheck_keeper, beatcheck_backup, beatcheck_auditor;
