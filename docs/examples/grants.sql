-- Least privilege for Beatcheck on PostgreSQL. Written by `python -m docs.inventory`: do not edit it.
-- Run by the owner after every `beatcheck migrate`: psql --set ON_ERROR_STOP=1 --file docs/examples/grants.sql
-- A table that is not named here gives nothing to anybody but its owner.
BEGIN;

GRANT USAGE ON SCHEMA public TO beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
REVOKE ALL ON TABLE alembic_version FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT ON TABLE alembic_version TO beatcheck_app, beatcheck_backup;

-- abstraction_decisions: fact
REVOKE ALL ON TABLE abstraction_decisions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE abstraction_decisions TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE abstraction_decisions TO beatcheck_keeper;
GRANT SELECT ON TABLE abstraction_decisions TO beatcheck_backup;

-- abstraction_objectives: dated
REVOKE ALL ON TABLE abstraction_objectives FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE abstraction_objectives TO beatcheck_app;
GRANT SELECT ON TABLE abstraction_objectives TO beatcheck_backup;

-- abstractions: fact
REVOKE ALL ON TABLE abstractions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE abstractions TO beatcheck_app;
GRANT UPDATE (revision, amended_at, amended_by, amendment_reason, amendment_hash, voided_at, voided_by, void_reason, source, superseded_by, corrected_here, officer_id, authorised_by, authoriser_unknown, authoriser_rank, authority_level, team_id, area_id, home_team_kind, post_role, reason_code, reason_text, destination, destination_area_id, destination_unit, recorded_at, skew_ms, starts_at, ends_at, starts_ms, ends_ms, notice_minutes, backfilled, window_id, reference, status, counts, because, reason_class, policy_version, flags, erased_at) ON TABLE abstractions TO beatcheck_app;
GRANT SELECT ON TABLE abstractions TO beatcheck_keeper;
GRANT UPDATE (captured_by, uploaded_by, officer_id, authorised_by, authoriser_unknown, authoriser_rank, amended_by, amendment_reason, amendment_hash, voided_by, void_reason, reason_text, post_role, window_id, content_hash, erased_at) ON TABLE abstractions TO beatcheck_keeper;
GRANT SELECT ON TABLE abstractions TO beatcheck_backup;

-- activities: fact
REVOKE ALL ON TABLE activities FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE activities TO beatcheck_app;
GRANT UPDATE (revision, amended_at, amended_by, amendment_reason, amendment_hash, voided_at, voided_by, void_reason, kind, level, wanted_level, patrol_id, team_id, area_id, recorded_said_at, recorded_at, occurred_said_at, occurred_at, skew_ms, late_reason, longitude, latitude, accuracy_m, hotspot_ids, outcome_code, reference, video_used, video_reason_code, video_reference, rank_held, officer_kind, flags, unknown_codes, erased_at) ON TABLE activities TO beatcheck_app;
GRANT SELECT ON TABLE activities TO beatcheck_keeper;
GRANT UPDATE (longitude, latitude, accuracy_m, video_reference, flags, unknown_codes, erased_at, amendment_reason, void_reason) ON TABLE activities TO beatcheck_keeper;
GRANT SELECT ON TABLE activities TO beatcheck_backup;

-- activity_rules: dated
REVOKE ALL ON TABLE activity_rules FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE activity_rules TO beatcheck_app;
GRANT SELECT ON TABLE activity_rules TO beatcheck_backup;

-- alert_acknowledgements: fact
REVOKE ALL ON TABLE alert_acknowledgements FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE alert_acknowledgements TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE alert_acknowledgements TO beatcheck_keeper;
GRANT SELECT ON TABLE alert_acknowledgements TO beatcheck_backup;

-- alert_rules: dated
REVOKE ALL ON TABLE alert_rules FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE alert_rules TO beatcheck_app;
GRANT SELECT ON TABLE alert_rules TO beatcheck_backup;

-- alerts: fact
REVOKE ALL ON TABLE alerts FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE alerts TO beatcheck_app;
GRANT UPDATE (cleared_at, cleared_because) ON TABLE alerts TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE alerts TO beatcheck_keeper;
GRANT SELECT ON TABLE alerts TO beatcheck_backup;

-- answered_disputes: fact
REVOKE ALL ON TABLE answered_disputes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE answered_disputes TO beatcheck_app;
GRANT SELECT ON TABLE answered_disputes TO beatcheck_backup;

-- area_ancestors: replaced
REVOKE ALL ON TABLE area_ancestors FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE area_ancestors TO beatcheck_app;
GRANT SELECT ON TABLE area_ancestors TO beatcheck_backup;

-- area_boundaries: dated
REVOKE ALL ON TABLE area_boundaries FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE area_boundaries TO beatcheck_app;
GRANT SELECT ON TABLE area_boundaries TO beatcheck_backup;

-- area_priorities: dated
REVOKE ALL ON TABLE area_priorities FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE area_priorities TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE area_priorities TO beatcheck_app;
GRANT SELECT ON TABLE area_priorities TO beatcheck_backup;

-- areas: dated
REVOKE ALL ON TABLE areas FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE areas TO beatcheck_app;
GRANT UPDATE (name, kind, parent_id, valid_to, police_uk_id) ON TABLE areas TO beatcheck_app;
GRANT SELECT ON TABLE areas TO beatcheck_keeper;
GRANT SELECT ON TABLE areas TO beatcheck_backup;

-- arrests: replaced
REVOKE ALL ON TABLE arrests FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE arrests TO beatcheck_app;
GRANT SELECT ON TABLE arrests TO beatcheck_keeper;
GRANT UPDATE (custody_reference, offence_code, under_18, cautioned_at, dearrested_at) ON TABLE arrests TO beatcheck_keeper;
GRANT SELECT ON TABLE arrests TO beatcheck_backup;

-- assessment_policies: dated
REVOKE ALL ON TABLE assessment_policies FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE assessment_policies TO beatcheck_app;
GRANT SELECT ON TABLE assessment_policies TO beatcheck_backup;

-- audit_earlier: queue
REVOKE ALL ON TABLE audit_earlier FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, DELETE ON TABLE audit_earlier TO beatcheck_app;
GRANT SELECT ON TABLE audit_earlier TO beatcheck_auditor;
GRANT SELECT ON TABLE audit_earlier TO beatcheck_backup;

-- audit_entries: log
REVOKE ALL ON TABLE audit_entries FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE audit_entries TO beatcheck_app;
GRANT SELECT ON TABLE audit_entries TO beatcheck_auditor;
GRANT SELECT ON TABLE audit_entries TO beatcheck_backup;

-- audit_events: log
REVOKE ALL ON TABLE audit_events FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE audit_events TO beatcheck_app;
GRANT SELECT ON TABLE audit_events TO beatcheck_auditor;
GRANT INSERT ON TABLE audit_events TO beatcheck_keeper;
GRANT SELECT, INSERT ON TABLE audit_events TO beatcheck_backup;

-- audit_seals: log
REVOKE ALL ON TABLE audit_seals FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE audit_seals TO beatcheck_app;
GRANT SELECT ON TABLE audit_seals TO beatcheck_auditor;
GRANT SELECT ON TABLE audit_seals TO beatcheck_backup;

-- audit_subjects: log
REVOKE ALL ON TABLE audit_subjects FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE audit_subjects TO beatcheck_app;
GRANT SELECT ON TABLE audit_subjects TO beatcheck_auditor;
GRANT SELECT ON TABLE audit_subjects TO beatcheck_backup;

-- audit_unsealed: queue
REVOKE ALL ON TABLE audit_unsealed FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, DELETE ON TABLE audit_unsealed TO beatcheck_app;
GRANT SELECT ON TABLE audit_unsealed TO beatcheck_auditor;
GRANT SELECT ON TABLE audit_unsealed TO beatcheck_backup;

-- auto_closings: replaced
REVOKE ALL ON TABLE auto_closings FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE auto_closings TO beatcheck_app;
GRANT SELECT ON TABLE auto_closings TO beatcheck_keeper;
GRANT SELECT ON TABLE auto_closings TO beatcheck_backup;

-- briefings: dated
REVOKE ALL ON TABLE briefings FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE briefings TO beatcheck_app;
GRANT SELECT ON TABLE briefings TO beatcheck_backup;

-- check_outs: fact
REVOKE ALL ON TABLE check_outs FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE check_outs TO beatcheck_app;
GRANT SELECT ON TABLE check_outs TO beatcheck_keeper;
GRANT UPDATE (longitude, latitude, accuracy_m) ON TABLE check_outs TO beatcheck_keeper;
GRANT SELECT ON TABLE check_outs TO beatcheck_backup;

-- closing_rows: fact
REVOKE ALL ON TABLE closing_rows FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE closing_rows TO beatcheck_app;
GRANT SELECT ON TABLE closing_rows TO beatcheck_keeper;
GRANT SELECT ON TABLE closing_rows TO beatcheck_backup;

-- credited_slices: replaced
REVOKE ALL ON TABLE credited_slices FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE credited_slices TO beatcheck_app;
GRANT SELECT ON TABLE credited_slices TO beatcheck_keeper;
GRANT SELECT ON TABLE credited_slices TO beatcheck_backup;

-- crew_members: fact
REVOKE ALL ON TABLE crew_members FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE crew_members TO beatcheck_app;
GRANT SELECT ON TABLE crew_members TO beatcheck_keeper;
GRANT SELECT ON TABLE crew_members TO beatcheck_backup;

-- cross_check_due: replaced
REVOKE ALL ON TABLE cross_check_due FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE cross_check_due TO beatcheck_app;
GRANT SELECT ON TABLE cross_check_due TO beatcheck_backup;

-- cross_check_flags: fact
REVOKE ALL ON TABLE cross_check_flags FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE cross_check_flags TO beatcheck_app;
GRANT UPDATE (withdrawn_at) ON TABLE cross_check_flags TO beatcheck_app;
GRANT SELECT ON TABLE cross_check_flags TO beatcheck_backup;

-- destination_secrets: replaced
REVOKE ALL ON TABLE destination_secrets FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE destination_secrets TO beatcheck_app;
GRANT SELECT ON TABLE destination_secrets TO beatcheck_backup;

-- destinations: dated
REVOKE ALL ON TABLE destinations FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE destinations TO beatcheck_app;
GRANT UPDATE (host, voided_at, voided_by, void_reason) ON TABLE destinations TO beatcheck_app;
GRANT SELECT ON TABLE destinations TO beatcheck_backup;

-- devices: dated
REVOKE ALL ON TABLE devices FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE devices TO beatcheck_app;
GRANT UPDATE (revoked_at, revoked_by, revoked_reason) ON TABLE devices TO beatcheck_app;
GRANT SELECT ON TABLE devices TO beatcheck_backup;

-- dip_sample_checks: fact
REVOKE ALL ON TABLE dip_sample_checks FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE dip_sample_checks TO beatcheck_app;
GRANT SELECT ON TABLE dip_sample_checks TO beatcheck_backup;

-- dip_sample_patrols: fact
REVOKE ALL ON TABLE dip_sample_patrols FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE dip_sample_patrols TO beatcheck_app;
GRANT SELECT ON TABLE dip_sample_patrols TO beatcheck_backup;

-- dip_samples: fact
REVOKE ALL ON TABLE dip_samples FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE dip_samples TO beatcheck_app;
GRANT UPDATE (signed_at, signed_by, sign_off_note, unchecked_reason) ON TABLE dip_samples TO beatcheck_app;
GRANT SELECT ON TABLE dip_samples TO beatcheck_backup;

-- engagement_actions: fact
REVOKE ALL ON TABLE engagement_actions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE engagement_actions TO beatcheck_app;
GRANT UPDATE (revision, amended_at, amended_by, amendment_reason, amendment_hash, voided_at, voided_by, void_reason, issue, you_said, due_on, done_on, we_did) ON TABLE engagement_actions TO beatcheck_app;
GRANT SELECT ON TABLE engagement_actions TO beatcheck_keeper;
GRANT UPDATE (you_said, we_did, amendment_reason, void_reason) ON TABLE engagement_actions TO beatcheck_keeper;
GRANT SELECT ON TABLE engagement_actions TO beatcheck_backup;

-- engagement_officers: replaced
REVOKE ALL ON TABLE engagement_officers FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE engagement_officers TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE engagement_officers TO beatcheck_keeper;
GRANT SELECT ON TABLE engagement_officers TO beatcheck_backup;

-- engagement_ticks: replaced
REVOKE ALL ON TABLE engagement_ticks FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE engagement_ticks TO beatcheck_app;
GRANT SELECT ON TABLE engagement_ticks TO beatcheck_backup;

-- engagements: fact
REVOKE ALL ON TABLE engagements FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE engagements TO beatcheck_app;
GRANT UPDATE (revision, amended_at, amended_by, amendment_reason, amendment_hash, voided_at, voided_by, void_reason, source, superseded_by, corrected_here, counted_as, patrol_id, team_id, area_id, place_area_id, recorded_at, occurred_said_at, occurred_at, skew_ms, minutes, longitude, latitude, accuracy_m, hotspot_ids, engagement_type, method, planned, published, reach_band, people_reached, partners, officers_unknown, priority_reference, reference, flags, erased_at) ON TABLE engagements TO beatcheck_app;
GRANT SELECT ON TABLE engagements TO beatcheck_keeper;
GRANT UPDATE (longitude, latitude, accuracy_m, officers_unknown, amendment_reason, void_reason, erased_at) ON TABLE engagements TO beatcheck_keeper;
GRANT SELECT ON TABLE engagements TO beatcheck_backup;

-- fact_revisions: fact
REVOKE ALL ON TABLE fact_revisions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE fact_revisions TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE fact_revisions TO beatcheck_keeper;
GRANT UPDATE (content, reason) ON TABLE fact_revisions TO beatcheck_keeper;
GRANT SELECT ON TABLE fact_revisions TO beatcheck_backup;

-- feed_entries: replaced
REVOKE ALL ON TABLE feed_entries FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE feed_entries TO beatcheck_app;
GRANT SELECT ON TABLE feed_entries TO beatcheck_backup;
GRANT SELECT ON SEQUENCE feed_entries_number_seq TO beatcheck_backup;

-- feed_state: replaced
REVOKE ALL ON TABLE feed_state FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE feed_state TO beatcheck_app;
GRANT SELECT ON TABLE feed_state TO beatcheck_backup;

-- fix_batches: fact
REVOKE ALL ON TABLE fix_batches FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE fix_batches TO beatcheck_app;
GRANT SELECT ON TABLE fix_batches TO beatcheck_keeper;
GRANT UPDATE (packed) ON TABLE fix_batches TO beatcheck_keeper;
GRANT SELECT ON TABLE fix_batches TO beatcheck_backup;

-- holds: fact
REVOKE ALL ON TABLE holds FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE holds TO beatcheck_app;
GRANT UPDATE (released_at, released_by, release_reason) ON TABLE holds TO beatcheck_app;
GRANT SELECT ON TABLE holds TO beatcheck_keeper;
GRANT SELECT ON TABLE holds TO beatcheck_backup;

-- hotspot_boundaries: dated
REVOKE ALL ON TABLE hotspot_boundaries FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE hotspot_boundaries TO beatcheck_app;
GRANT SELECT ON TABLE hotspot_boundaries TO beatcheck_keeper;
GRANT SELECT ON TABLE hotspot_boundaries TO beatcheck_backup;

-- hotspots: dated
REVOKE ALL ON TABLE hotspots FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE hotspots TO beatcheck_app;
GRANT UPDATE (name, kind, area_id, valid_to) ON TABLE hotspots TO beatcheck_app;
GRANT SELECT ON TABLE hotspots TO beatcheck_backup;

-- import_proposals: fact
REVOKE ALL ON TABLE import_proposals FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE import_proposals TO beatcheck_app;
GRANT SELECT ON TABLE import_proposals TO beatcheck_backup;

-- import_runs: fact
REVOKE ALL ON TABLE import_runs FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE import_runs TO beatcheck_app;
GRANT SELECT ON TABLE import_runs TO beatcheck_backup;

-- imports_under_way: replaced
REVOKE ALL ON TABLE imports_under_way FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE imports_under_way TO beatcheck_app;
GRANT SELECT ON TABLE imports_under_way TO beatcheck_backup;

-- intelligence: replaced
REVOKE ALL ON TABLE intelligence FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE intelligence TO beatcheck_app;
GRANT SELECT ON TABLE intelligence TO beatcheck_keeper;
GRANT SELECT ON TABLE intelligence TO beatcheck_backup;

-- intelligence_items: replaced
REVOKE ALL ON TABLE intelligence_items FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE intelligence_items TO beatcheck_app;
GRANT SELECT ON TABLE intelligence_items TO beatcheck_keeper;
GRANT UPDATE (source_grade, assessment_grade, handling_grade, conditions) ON TABLE intelligence_items TO beatcheck_keeper;
GRANT SELECT ON TABLE intelligence_items TO beatcheck_backup;

-- link_suggestions: replaced
REVOKE ALL ON TABLE link_suggestions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE link_suggestions TO beatcheck_app;
GRANT SELECT ON TABLE link_suggestions TO beatcheck_backup;

-- linked_windows: replaced
REVOKE ALL ON TABLE linked_windows FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE linked_windows TO beatcheck_app;
GRANT SELECT ON TABLE linked_windows TO beatcheck_keeper;
GRANT SELECT ON TABLE linked_windows TO beatcheck_backup;

-- memberships: dated
REVOKE ALL ON TABLE memberships FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE memberships TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE memberships TO beatcheck_app;
GRANT SELECT ON TABLE memberships TO beatcheck_backup;

-- month_hours: replaced
REVOKE ALL ON TABLE month_hours FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE month_hours TO beatcheck_app;
GRANT SELECT ON TABLE month_hours TO beatcheck_backup;

-- month_hours_due: replaced
REVOKE ALL ON TABLE month_hours_due FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE month_hours_due TO beatcheck_app;
GRANT SELECT ON TABLE month_hours_due TO beatcheck_backup;

-- month_shares: replaced
REVOKE ALL ON TABLE month_shares FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE month_shares TO beatcheck_app;
GRANT SELECT ON TABLE month_shares TO beatcheck_backup;

-- month_visits: replaced
REVOKE ALL ON TABLE month_visits FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE month_visits TO beatcheck_app;
GRANT SELECT ON TABLE month_visits TO beatcheck_backup;

-- months_added: replaced
REVOKE ALL ON TABLE months_added FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE months_added TO beatcheck_app;
GRANT SELECT ON TABLE months_added TO beatcheck_backup;

-- neighbourhood_events: dated
REVOKE ALL ON TABLE neighbourhood_events FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE neighbourhood_events TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE neighbourhood_events TO beatcheck_app;
GRANT SELECT ON TABLE neighbourhood_events TO beatcheck_backup;

-- offences: dated
REVOKE ALL ON TABLE offences FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE offences TO beatcheck_app;
GRANT UPDATE (superseded_at) ON TABLE offences TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE offences TO beatcheck_keeper;
GRANT SELECT ON TABLE offences TO beatcheck_backup;

-- officer_first: fact
REVOKE ALL ON TABLE officer_first FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE officer_first TO beatcheck_app;
GRANT UPDATE (until_at) ON TABLE officer_first TO beatcheck_app;
GRANT SELECT ON TABLE officer_first TO beatcheck_backup;

-- officer_identities: replaced
REVOKE ALL ON TABLE officer_identities FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE officer_identities TO beatcheck_app;
GRANT SELECT ON TABLE officer_identities TO beatcheck_backup;

-- officers: dated
REVOKE ALL ON TABLE officers FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE officers TO beatcheck_app;
GRANT UPDATE (kind, valid_to, suspended) ON TABLE officers TO beatcheck_app;
GRANT SELECT ON TABLE officers TO beatcheck_backup;

-- other_outcomes: replaced
REVOKE ALL ON TABLE other_outcomes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE other_outcomes TO beatcheck_app;
GRANT SELECT ON TABLE other_outcomes TO beatcheck_keeper;
GRANT UPDATE (under_18, authorisation_reference) ON TABLE other_outcomes TO beatcheck_keeper;
GRANT SELECT ON TABLE other_outcomes TO beatcheck_backup;

-- outbox_messages: fact
REVOKE ALL ON TABLE outbox_messages FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE outbox_messages TO beatcheck_app;
GRANT UPDATE (payload, due_at, attempts, attempted_at, claim_id, claimed_until, delivered_at, dead_at, last_error, replays) ON TABLE outbox_messages TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE outbox_messages TO beatcheck_keeper;
GRANT SELECT ON TABLE outbox_messages TO beatcheck_backup;

-- patrol_assessments: fact
REVOKE ALL ON TABLE patrol_assessments FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE patrol_assessments TO beatcheck_app;
GRANT UPDATE (superseded_at) ON TABLE patrol_assessments TO beatcheck_app;
GRANT SELECT ON TABLE patrol_assessments TO beatcheck_backup;

-- patrol_erasures: fact
REVOKE ALL ON TABLE patrol_erasures FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE patrol_erasures TO beatcheck_app;
GRANT UPDATE (late_facts, late_waiting) ON TABLE patrol_erasures TO beatcheck_app;
GRANT SELECT, INSERT ON TABLE patrol_erasures TO beatcheck_keeper;
GRANT UPDATE (late_waiting, batches, fixes) ON TABLE patrol_erasures TO beatcheck_keeper;
GRANT SELECT ON TABLE patrol_erasures TO beatcheck_backup;

-- patrol_explanations: fact
REVOKE ALL ON TABLE patrol_explanations FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE patrol_explanations TO beatcheck_app;
GRANT SELECT ON TABLE patrol_explanations TO beatcheck_keeper;
GRANT SELECT ON TABLE patrol_explanations TO beatcheck_backup;

-- patrol_lines: replaced
REVOKE ALL ON TABLE patrol_lines FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE patrol_lines TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE patrol_lines TO beatcheck_keeper;
GRANT SELECT ON TABLE patrol_lines TO beatcheck_backup;

-- patrol_progress: replaced
REVOKE ALL ON TABLE patrol_progress FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE patrol_progress TO beatcheck_app;
GRANT SELECT ON TABLE patrol_progress TO beatcheck_keeper;
GRANT SELECT ON TABLE patrol_progress TO beatcheck_backup;

-- patrol_voids: fact
REVOKE ALL ON TABLE patrol_voids FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE patrol_voids TO beatcheck_app;
GRANT SELECT ON TABLE patrol_voids TO beatcheck_backup;

-- patrols: fact
REVOKE ALL ON TABLE patrols FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE patrols TO beatcheck_app;
GRANT UPDATE (id) ON TABLE patrols TO beatcheck_app;
GRANT SELECT ON TABLE patrols TO beatcheck_keeper;
GRANT UPDATE (longitude, latitude, accuracy_m) ON TABLE patrols TO beatcheck_keeper;
GRANT SELECT ON TABLE patrols TO beatcheck_backup;

-- period_closings: fact
REVOKE ALL ON TABLE period_closings FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE period_closings TO beatcheck_app;
GRANT SELECT ON TABLE period_closings TO beatcheck_keeper;
GRANT SELECT ON TABLE period_closings TO beatcheck_backup;

-- place_versions: dated
REVOKE ALL ON TABLE place_versions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE place_versions TO beatcheck_app;
GRANT SELECT ON TABLE place_versions TO beatcheck_backup;

-- publication_decisions: fact
REVOKE ALL ON TABLE publication_decisions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE publication_decisions TO beatcheck_app;
GRANT SELECT ON TABLE publication_decisions TO beatcheck_backup;

-- publication_packs: fact
REVOKE ALL ON TABLE publication_packs FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE publication_packs TO beatcheck_app;
GRANT SELECT ON TABLE publication_packs TO beatcheck_backup;

-- quarantine_corrections: fact
REVOKE ALL ON TABLE quarantine_corrections FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE quarantine_corrections TO beatcheck_app;
GRANT SELECT ON TABLE quarantine_corrections TO beatcheck_keeper;
GRANT UPDATE (body) ON TABLE quarantine_corrections TO beatcheck_keeper;
GRANT SELECT ON TABLE quarantine_corrections TO beatcheck_backup;

-- quarantined_facts: fact
REVOKE ALL ON TABLE quarantined_facts FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE quarantined_facts TO beatcheck_app;
GRANT UPDATE (released_at, released_by, release_reason, released_as) ON TABLE quarantined_facts TO beatcheck_app;
GRANT SELECT ON TABLE quarantined_facts TO beatcheck_keeper;
GRANT UPDATE (body) ON TABLE quarantined_facts TO beatcheck_keeper;
GRANT SELECT ON TABLE quarantined_facts TO beatcheck_backup;

-- ranks_held: dated
REVOKE ALL ON TABLE ranks_held FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE ranks_held TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE ranks_held TO beatcheck_app;
GRANT SELECT ON TABLE ranks_held TO beatcheck_backup;

-- reason_proposals: replaced
REVOKE ALL ON TABLE reason_proposals FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reason_proposals TO beatcheck_app;
GRANT SELECT, DELETE ON TABLE reason_proposals TO beatcheck_keeper;
GRANT SELECT ON TABLE reason_proposals TO beatcheck_backup;

-- reassess_causes: replaced
REVOKE ALL ON TABLE reassess_causes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reassess_causes TO beatcheck_app;
GRANT SELECT ON TABLE reassess_causes TO beatcheck_backup;

-- reassess_due: replaced
REVOKE ALL ON TABLE reassess_due FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reassess_due TO beatcheck_app;
GRANT SELECT ON TABLE reassess_due TO beatcheck_backup;

-- reassess_runs: replaced
REVOKE ALL ON TABLE reassess_runs FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reassess_runs TO beatcheck_app;
GRANT SELECT ON TABLE reassess_runs TO beatcheck_backup;

-- reassessed_patrols: replaced
REVOKE ALL ON TABLE reassessed_patrols FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reassessed_patrols TO beatcheck_app;
GRANT SELECT ON TABLE reassessed_patrols TO beatcheck_backup;

-- reassessed_windows: replaced
REVOKE ALL ON TABLE reassessed_windows FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE reassessed_windows TO beatcheck_app;
GRANT SELECT ON TABLE reassessed_windows TO beatcheck_backup;

-- recorded_hours: dated
REVOKE ALL ON TABLE recorded_hours FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE recorded_hours TO beatcheck_app;
GRANT UPDATE (superseded_at) ON TABLE recorded_hours TO beatcheck_app;
GRANT SELECT ON TABLE recorded_hours TO beatcheck_keeper;
GRANT UPDATE (officer_id, officer_erased_at) ON TABLE recorded_hours TO beatcheck_keeper;
GRANT SELECT ON TABLE recorded_hours TO beatcheck_backup;

-- recorded_slices: replaced
REVOKE ALL ON TABLE recorded_slices FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE recorded_slices TO beatcheck_app;
GRANT SELECT ON TABLE recorded_slices TO beatcheck_keeper;
GRANT UPDATE (officer_id, own_ms) ON TABLE recorded_slices TO beatcheck_keeper;
GRANT SELECT ON TABLE recorded_slices TO beatcheck_backup;

-- reference_codes: dated
REVOKE ALL ON TABLE reference_codes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE reference_codes TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE reference_codes TO beatcheck_app;
GRANT SELECT ON TABLE reference_codes TO beatcheck_backup;

-- referral_follow_ups: fact
REVOKE ALL ON TABLE referral_follow_ups FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE referral_follow_ups TO beatcheck_app;
GRANT SELECT ON TABLE referral_follow_ups TO beatcheck_backup;

-- referrals: replaced
REVOKE ALL ON TABLE referrals FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE referrals TO beatcheck_app;
GRANT SELECT ON TABLE referrals TO beatcheck_keeper;
GRANT UPDATE (subject_category, consent) ON TABLE referrals TO beatcheck_keeper;
GRANT SELECT ON TABLE referrals TO beatcheck_backup;

-- reporting_schemes: dated
REVOKE ALL ON TABLE reporting_schemes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE reporting_schemes TO beatcheck_app;
GRANT UPDATE (superseded_at) ON TABLE reporting_schemes TO beatcheck_app;
GRANT SELECT ON TABLE reporting_schemes TO beatcheck_keeper;
GRANT SELECT ON TABLE reporting_schemes TO beatcheck_backup;

-- retention_rules: dated
REVOKE ALL ON TABLE retention_rules FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE retention_rules TO beatcheck_app;
GRANT SELECT ON TABLE retention_rules TO beatcheck_keeper;
GRANT SELECT ON TABLE retention_rules TO beatcheck_backup;

-- reviews: fact
REVOKE ALL ON TABLE reviews FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE reviews TO beatcheck_app;
GRANT SELECT ON TABLE reviews TO beatcheck_keeper;
GRANT SELECT ON TABLE reviews TO beatcheck_backup;

-- roles_held: dated
REVOKE ALL ON TABLE roles_held FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE roles_held TO beatcheck_app;
GRANT UPDATE (valid_to) ON TABLE roles_held TO beatcheck_app;
GRANT SELECT ON TABLE roles_held TO beatcheck_backup;

-- schedule_allocations: dated
REVOKE ALL ON TABLE schedule_allocations FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE schedule_allocations TO beatcheck_app;
GRANT UPDATE (window_id) ON TABLE schedule_allocations TO beatcheck_app;
GRANT SELECT ON TABLE schedule_allocations TO beatcheck_backup;

-- schedule_seeds: fact
REVOKE ALL ON TABLE schedule_seeds FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE schedule_seeds TO beatcheck_app;
GRANT SELECT ON TABLE schedule_seeds TO beatcheck_backup;

-- schedules: dated
REVOKE ALL ON TABLE schedules FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE schedules TO beatcheck_app;
GRANT UPDATE (state, published_by, published_at, published_until, ended_on, discarded_by, discarded_at, discard_reason, revealed_by, revealed_at) ON TABLE schedules TO beatcheck_app;
GRANT SELECT ON TABLE schedules TO beatcheck_backup;

-- stop_searches: replaced
REVOKE ALL ON TABLE stop_searches FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE stop_searches TO beatcheck_app;
GRANT SELECT ON TABLE stop_searches TO beatcheck_keeper;
GRANT UPDATE (grounds, self_defined_ethnicity, not_stated_reason, officer_defined_ethnicity, gender, age, age_basis, receipt_reference, custody_reference, order_reference, present_officers) ON TABLE stop_searches TO beatcheck_keeper;
GRANT SELECT ON TABLE stop_searches TO beatcheck_backup;

-- subscriptions: dated
REVOKE ALL ON TABLE subscriptions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE subscriptions TO beatcheck_app;
GRANT UPDATE (voided_at, voided_by, void_reason) ON TABLE subscriptions TO beatcheck_app;
GRANT SELECT ON TABLE subscriptions TO beatcheck_backup;

-- tasking_windows: dated
REVOKE ALL ON TABLE tasking_windows FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE tasking_windows TO beatcheck_app;
GRANT UPDATE (hotspot_id, team_id, area_id, starts_at, ends_at, required_seconds, state, moved_to_id, revision, published_at) ON TABLE tasking_windows TO beatcheck_app;
GRANT SELECT ON TABLE tasking_windows TO beatcheck_keeper;
GRANT SELECT ON TABLE tasking_windows TO beatcheck_backup;

-- teams: dated
REVOKE ALL ON TABLE teams FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE teams TO beatcheck_app;
GRANT UPDATE (name, kind, area_id, valid_to) ON TABLE teams TO beatcheck_app;
GRANT SELECT ON TABLE teams TO beatcheck_backup;

-- told_occasions: replaced
REVOKE ALL ON TABLE told_occasions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE told_occasions TO beatcheck_app;
GRANT SELECT ON TABLE told_occasions TO beatcheck_backup;

-- visits: replaced
REVOKE ALL ON TABLE visits FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE visits TO beatcheck_app;
GRANT SELECT ON TABLE visits TO beatcheck_backup;

-- window_answers: fact
REVOKE ALL ON TABLE window_answers FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE window_answers TO beatcheck_app;
GRANT SELECT ON TABLE window_answers TO beatcheck_backup;

-- window_assignments: replaced
REVOKE ALL ON TABLE window_assignments FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE window_assignments TO beatcheck_app;
GRANT SELECT ON TABLE window_assignments TO beatcheck_keeper;
GRANT SELECT ON TABLE window_assignments TO beatcheck_backup;

-- window_changes: fact
REVOKE ALL ON TABLE window_changes FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE window_changes TO beatcheck_app;
GRANT SELECT ON TABLE window_changes TO beatcheck_backup;

-- window_links: fact
REVOKE ALL ON TABLE window_links FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE window_links TO beatcheck_app;
GRANT SELECT ON TABLE window_links TO beatcheck_backup;

-- window_results: replaced
REVOKE ALL ON TABLE window_results FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE window_results TO beatcheck_app;
GRANT SELECT ON TABLE window_results TO beatcheck_backup;

-- wmnow_feeds: replaced
REVOKE ALL ON TABLE wmnow_feeds FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE wmnow_feeds TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_feeds TO beatcheck_backup;

-- wmnow_inbox: replaced
REVOKE ALL ON TABLE wmnow_inbox FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE wmnow_inbox TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_inbox TO beatcheck_keeper;
GRANT UPDATE (body) ON TABLE wmnow_inbox TO beatcheck_keeper;
GRANT SELECT ON TABLE wmnow_inbox TO beatcheck_backup;

-- wmnow_links: fact
REVOKE ALL ON TABLE wmnow_links FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE wmnow_links TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_links TO beatcheck_keeper;
GRANT UPDATE (reason) ON TABLE wmnow_links TO beatcheck_keeper;
GRANT SELECT ON TABLE wmnow_links TO beatcheck_backup;

-- wmnow_mappings: fact
REVOKE ALL ON TABLE wmnow_mappings FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE wmnow_mappings TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_mappings TO beatcheck_backup;

-- wmnow_records: fact
REVOKE ALL ON TABLE wmnow_records FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE wmnow_records TO beatcheck_app;
GRANT UPDATE (version, source_version, source_changed_at, content_hash, meaning_hash, occurred_at, ended_at, recorded_at, time_ambiguous, collar_number, officer_id, team_ref, lpa_ref, sector_ref, neighbourhood_ref, team_id, area_id, place_area_id, precision, longitude, latitude, engagement_type, method, priority_group, topics, groups_reached, people_reached, planned, published, patrol_ref, engagement_ref, unknown_codes, last_received_at, missing_since, deleted_at, erased_at) ON TABLE wmnow_records TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_records TO beatcheck_keeper;
GRANT UPDATE (collar_number, team_ref, lpa_ref, sector_ref, neighbourhood_ref, unknown_codes, longitude, latitude, patrol_ref, engagement_ref, erased_at) ON TABLE wmnow_records TO beatcheck_keeper;
GRANT SELECT ON TABLE wmnow_records TO beatcheck_backup;

-- wmnow_rejected: fact
REVOKE ALL ON TABLE wmnow_rejected FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE wmnow_rejected TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_rejected TO beatcheck_backup;

-- wmnow_runs: replaced
REVOKE ALL ON TABLE wmnow_runs FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE wmnow_runs TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_runs TO beatcheck_backup;

-- wmnow_versions: fact
REVOKE ALL ON TABLE wmnow_versions FROM PUBLIC, beatcheck_app, beatcheck_auditor, beatcheck_keeper, beatcheck_backup;
GRANT SELECT, INSERT ON TABLE wmnow_versions TO beatcheck_app;
GRANT SELECT ON TABLE wmnow_versions TO beatcheck_keeper;
GRANT UPDATE (content) ON TABLE wmnow_versions TO beatcheck_keeper;
GRANT SELECT ON TABLE wmnow_versions TO beatcheck_backup;

COMMIT;
