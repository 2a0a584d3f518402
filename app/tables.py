"""Every table of the service in one place, for migrations: importing a slice's models registers them."""

from sqlalchemy import MetaData

import app.abstractions.models
import app.activities.models
import app.alerts.models
import app.areas.models
import app.audit.models
import app.dip_samples.models
import app.engagements.models
import app.facts.models
import app.identity.models
import app.imports.models
import app.outbox.models
import app.patrols.models
import app.patrols.month_models
import app.patrols.proposal_models
import app.patrols.reassess_models
import app.patrols.review_models
import app.patrols.visit_models
import app.policeuk.models
import app.reference.models
import app.retention.models
import app.returns.models
import app.schedule.models
import app.telling.models
import app.tracks.models
import app.wmnow.models  # noqa: F401
from app.database.model import Table

METADATA: MetaData = Table.metadata
