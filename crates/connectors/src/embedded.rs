//! Finding a vendor's files: those inside the program, and a folder that adds to them or replaces them.
//!
//! It refuses to load half: one problem anywhere and there is no connector.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};
use thiserror::Error;
use zuzen_plan::language::{self, Problem};
use zuzen_plan::table::Connector;

use crate::comments::Vocabulary;
use crate::zuora::{self, CatalogueError};

static ZENDESK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/zendesk");
static ZUORA: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/zuora");

/// What names of columns mean, beside the tables.
const COMMENTS: &str = "comments.toml";

const VENDORS: [(&str, &Dir<'_>); 2] = [("zendesk", &ZENDESK), ("zuora", &ZUORA)];

/// Why a connector could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// No vendor has this name.
    #[error("there is no connector `{name}`; known: {}", names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// The folder of table files, or a file in it, cannot be read.
    #[error("cannot read {}: {source}; name a folder that holds table files (*.toml)", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The folder holds no table file.
    #[error("{} holds no table file; a table is a file <table>.toml directly inside it", path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// The files break rules of the table language.
    #[error("{}", Problems(.0))]
    Invalid(Vec<Problem>),
    /// The bundled catalogue of objects is broken.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

struct Problems<'a>(&'a [Problem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noun = if self.0.len() == 1 {
            "problem"
        } else {
            "problems"
        };
        write!(out, "{} {noun} in table files:", self.0.len())?;
        for problem in self.0 {
            write!(out, "\n  {problem}")?;
        }
        Ok(())
    }
}

/// The vendors there are files for.
pub fn names() -> impl Iterator<Item = &'static str> {
    VENDORS.iter().map(|(name, _)| *name)
}

/// The embedded files of a vendor, as (name, text): `connector.toml` first, then its tables by name.
#[must_use]
pub fn embedded(name: &str) -> Option<Vec<(String, String)>> {
    let (_, folder) = VENDORS.iter().find(|(vendor, _)| *vendor == name)?;
    let mut tables: Vec<_> = folder
        .get_dir("tables")
        .into_iter()
        .flat_map(Dir::files)
        .collect();
    tables.sort_by_key(|file| file.path());
    let files = folder.get_file("connector.toml").into_iter().chain(tables);
    Some(
        files
            .filter_map(|file| {
                let path = file.path().to_str()?.replace('\\', "/");
                Some((path, file.contents_utf8()?.to_owned()))
            })
            .collect(),
    )
}

/// The text of an embedded file that is no table file.
pub(crate) fn file(vendor: &str, path: &str) -> Option<&'static str> {
    let (_, folder) = VENDORS.iter().find(|(name, _)| *name == vendor)?;
    folder.get_file(path)?.contents_utf8()
}

/// Loads a vendor from its embedded files and, if given, those of the folder `tables`, which add tables and
/// replace embedded files of the same name.
///
/// # Errors
/// An unknown vendor; a folder that is missing, unreadable or without table files; and every rule of the
/// table language that a file breaks, with file and line.
pub fn load(name: &str, tables: Option<&Path>) -> Result<Connector, LoadError> {
    let mut files = embedded(name).ok_or_else(|| LoadError::Unknown {
        name: name.to_owned(),
    })?;
    if let Some(folder) = tables {
        for (file, text) in read_folder(folder)? {
            files.retain(|(other, _)| base(other) != base(&file));
            files.push((file, text));
        }
    }
    let others = match name {
        "zuora" => zuora::catalogue()?,
        _ => Vec::new(),
    };
    let mut connector = language::load(name, &files, others).map_err(LoadError::Invalid)?;
    if let Some(text) = file(name, COMMENTS) {
        let vocabulary = Vocabulary::read(text).map_err(|error| {
            LoadError::Invalid(vec![Problem {
                file: COMMENTS.to_owned(),
                line: 0,
                message: error.to_string(),
            }])
        })?;
        vocabulary.complete(&mut connector);
    }
    Ok(connector)
}

fn base(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, LoadError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Unreadable { path, source }
    };
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(LoadError::Empty {
            path: folder.to_owned(),
        });
    }
    // The system lists files in any order; problems shall come in the same one every time.
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
            Ok((path.to_string_lossy().replace('\\', "/"), text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_embedded_file_parses_and_checks() {
        for name in names() {
            let connector = load(name, None).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(connector.name, name);
        }
    }

    #[test]
    fn embedded_files_are_those_in_the_folder() {
        for name in names() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            let tables = folder.join("tables");
            let mut expected: Vec<String> = tables
                .is_dir()
                .then(|| read_folder(&tables).unwrap())
                .into_iter()
                .flatten()
                .map(|(file, _)| format!("tables/{}", base(&file)))
                .collect();
            expected.insert(0, "connector.toml".into());
            let found: Vec<String> = embedded(name)
                .unwrap()
                .into_iter()
                .map(|(file, _)| file)
                .collect();
            assert_eq!(
                found, expected,
                "a new file is embedded once this one is compiled again"
            );
            assert!(folder.join("API.md").is_file(), "{name} tells its facts");
        }
    }

    #[test]
    fn zendesk_has_these_tables() {
        let connector = load("zendesk", None).unwrap();
        let tables: Vec<&str> = connector
            .tables
            .iter()
            .filter(|table| table.child.is_none())
            .map(|table| table.name.as_str())
            .collect();
        let expected = "access_rules account_settings activities app_installations approval_requests article_attachments \
            article_comments article_labels article_subscriptions article_translations article_votes articles \
            attachments audit_logs automations bookmarks brand_agents brands calls categories category_translations \
            chat_agent_timeline chat_agents chat_bans chat_conversions chat_department_events chat_departments \
            chat_goals chat_roles chat_routing_settings chat_shortcuts chat_skills chat_triggers chats content_tags \
            conversation_log custom_object_fields custom_objects custom_roles custom_statuses deleted_tickets \
            deleted_users deletion_schedules dynamic_content_items dynamic_content_variants email_notifications \
            engagements group_memberships group_sla_policies groups help_center_locales incidents itam_asset_types \
            itam_assets itam_locations itam_statuses jira_links job_statuses labels legacy_object_records \
            legacy_object_types legacy_relationship_types legacy_relationships locales macro_actions macro_categories \
            macros monitored_twitter_handles oauth_clients oauth_global_clients oauth_tokens object_triggers \
            organization_fields organization_memberships organization_merges organization_related \
            organization_subscriptions organizations owned_apps permission_groups permission_policies post_comments \
            post_subscriptions post_votes posts problems queues recipient_addresses redirect_rules request_comments \
            requests resource_collections routing_attribute_changes routing_attribute_value_changes \
            routing_attribute_values routing_attributes routing_instance_value_changes routing_instance_values \
            routing_ticket_instance_values satisfaction_ratings satisfaction_reasons schedule_holidays schedules \
            section_subscriptions section_translations sections security_settings service_catalog_items sessions \
            sharing_agreements side_conversation_events side_conversations sla_policies suspended_tickets tags \
            talk_account_overview talk_addresses talk_agents_activity talk_agents_overview talk_availabilities \
            talk_calls talk_current_queue_activity talk_greeting_categories talk_greetings talk_ivr_menus \
            talk_ivr_routes talk_ivrs talk_legs talk_lines talk_phone_numbers talk_settings target_failures targets \
            task_list_template_tasks task_list_templates themes ticket_audits ticket_collaborators ticket_comments \
            ticket_content_pins ticket_email_ccs ticket_events ticket_field_options ticket_fields ticket_followers \
            ticket_form_statuses ticket_forms ticket_metric_events ticket_metrics ticket_related ticket_skips \
            ticket_task_lists tickets topic_subscriptions topics trigger_categories trigger_revisions triggers \
            user_entitlements user_fields user_identities user_related user_segments users view_counts view_rows \
            views votes webhook_invocation_attempts webhook_invocations webhooks workspaces";
        assert_eq!(tables, expected.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn zendesk_has_these_tables_over_lists() {
        let connector = load("zendesk", None).unwrap();
        let tables = connector.tables.iter();
        let tables: Vec<&str> = tables
            .filter(|table| table.child.is_some())
            .map(|table| table.name.as_str())
            .collect();
        let expected = "automations_actions automations_conditions brands_ticket_forms macros_actions \
            organizations_domain_names organizations_tags requests_collaborators ticket_audits_events ticket_comments_attachments \
            ticket_fields_options ticket_forms_brands ticket_forms_fields ticket_merges tickets_attribute_values \
            tickets_collaborators tickets_custom_fields tickets_email_ccs tickets_followers tickets_followups \
            tickets_satisfaction_ratings tickets_sharing_agreements tickets_tags tickets_via_sources \
            triggers_actions triggers_conditions users_agent_brands users_tags views_columns views_conditions";
        assert_eq!(tables, expected.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_private_file_may_refer_to_an_object_of_zuora() {
        let folder = tempfile::tempdir().unwrap();
        let refers = PRIVATE.replace(
            "id = \"int64\"",
            "id = \"int64\"\naccountid = { type = \"text\", ref = \"account\" }",
        );
        fs::write(folder.path().join("things.toml"), refers).unwrap();
        let usage = PRIVATE.replace("\"int64\"", "\"text\"");
        fs::write(folder.path().join("usage.toml"), usage).unwrap();
        let connector = load("zuora", Some(folder.path())).unwrap();
        assert!(connector.table("things").unwrap().remote.is_none());
        assert!(connector.table("usage").unwrap().remote.is_none());
        assert!(connector.table("account").unwrap().remote.is_some());
    }

    const PRIVATE: &str = "about = \"A thing.\"\nrows = \"All.\"\nkey = \"id\"\n[columns]\nid = \"int64\"\n\
        [[read]]\nname = \"list\"\nget = \"/things\"\nitems = \"things\"\npages = \"cursor\"\n";

    #[test]
    fn a_folder_adds_and_replaces_tables() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("things.toml"), PRIVATE).unwrap();
        fs::write(folder.path().join("tags.toml"), PRIVATE).unwrap();
        fs::write(folder.path().join("notes.txt"), "not a table").unwrap();
        let connector = load("zendesk", Some(folder.path())).unwrap();
        assert_eq!(connector.table("things").unwrap().reads[0].name, "list");
        assert_eq!(connector.table("tags").unwrap().about, "A thing.");
        let embedded = load("zendesk", None).unwrap();
        assert_eq!(connector.tables.len(), embedded.tables.len() + 1);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty");
        fs::create_dir(&empty).unwrap();
        let broken = folder.path().join("broken");
        fs::create_dir(&broken).unwrap();
        fs::write(
            broken.join("things.toml"),
            PRIVATE.replace("key =", "keyy ="),
        )
        .unwrap();
        let missing = folder.path().join("missing");
        let cases = [
            ("zendsk", None, "known: zendesk"),
            ("zendesk", Some(&empty), "holds no table file"),
            ("zendesk", Some(&missing), "missing: "),
            ("zendesk", Some(&broken), "broken/things.toml:3: "),
        ];
        for (name, tables, part) in cases {
            let error = load(name, tables.map(PathBuf::as_path))
                .unwrap_err()
                .to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
