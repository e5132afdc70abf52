//! The names that migrating users bring: every relation of CData's Zendesk drivers means a table here, or is told what serves.

use zuzen_engine::{Engine, Error};

/// CData's relations, of the builds of 2022 and 2024.
const CDATA: &str = "AccountSettings ActivityStream AppLocations ArticleAttachments ArticleComments ArticleLabels Articles \
    ArticleTranslations Attachments Attributes AttributeValues Automations Bookmarks Brands Calls Categories \
    CategoryTranslations Collaborators ContentSubscriptions ContentTags CustomAgentRoles CustomObjectField CustomObjects \
    CustomTicketStatuses GroupMemberships Groups GroupSlaPolicies Holidays JiraLinks JobStatus Locales Macros \
    ManagementPermissionGroups MonitoredTwitterHandles OrganizationFields OrganizationMemberships Organizations \
    OrganizationSubscriptions PostComments Posts Requests Requests_Collaborators SatisfactionRatings Schedules Sections \
    SectionTranslations Sessions SharingAgreements SideConversations SlaPolicies SupportAddresses SuspendedTickets Targets \
    TicketAudits TicketComments TicketEvents TicketFields TicketForms TicketMetricEvents TicketMetrics Tickets TicketSkips \
    Tickets_Collaborators Tickets_Followers Tickets_Followups Tickets_Macros Tickets_SatisfactionRatings \
    Tickets_SharingAgreements Tickets_Tags Tickets_Viasources Topics Translations TriggerCategories Triggers UserFields \
    UserIdentities UserRelatedInformation Users Views";

/// Those whose tables are still to come. A name leaves this list with its table.
const TO_COME: &str = "";

/// Those that are no table here, each with what its users are told.
const OTHERWISE: &[(&str, &str)] = &[
    ("AppLocations", "app_installations"),
    ("ContentSubscriptions", "article_subscriptions"),
    ("Tickets_Macros", "ticket_audits_events"),
    ("Translations", "article_translations"),
];

fn engine() -> Engine {
    let nowhere = "URL=http://127.0.0.1:1;User=a@example.com;ApiToken=x";
    let builder = Engine::builder().connection("zendesk", nowhere);
    builder.build().unwrap()
}

async fn planned(engine: &Engine, table: &str) -> Result<String, Error> {
    let frame = engine.sql(&format!("SELECT * FROM {table}")).await?;
    Ok(frame.logical_plan().display_indent().to_string())
}

#[tokio::test]
async fn every_relation_of_cdata_is_known() {
    let engine = engine();
    let names: Vec<&str> = CDATA.split_whitespace().collect();
    assert_eq!(names.len(), 79);
    let to_come: Vec<&str> = TO_COME.split_whitespace().collect();
    let mut wrong = Vec::new();
    for name in &names {
        let otherwise = OTHERWISE.iter().find(|(other, _)| other == name);
        let catalog_and_schema = format!("CData.Zendesk.{name}");
        let found = [
            planned(&engine, name).await,
            planned(&engine, &catalog_and_schema).await,
        ];
        match (found, otherwise, to_come.contains(name)) {
            ([Ok(_), Ok(_)], None, false) => {}
            ([Err(error), Err(_)], Some((_, instead)), false) => {
                let hint = error.hint().unwrap_or_default();
                if !hint.contains(instead) {
                    wrong.push(format!("{name}: {error}"));
                }
            }
            ([Err(error), Err(_)], None, true) if error.hint().is_some() => {}
            ([Ok(_), Ok(_)], None, true) => {
                wrong.push(format!("{name} is there: take it off TO_COME"))
            }
            ([one, _], ..) => wrong.push(format!("{name}: {one:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for name in to_come.iter().chain(OTHERWISE.iter().map(|(name, _)| name)) {
        assert!(names.contains(name), "{name} is none of CData's");
    }
}

/// An alias means the table it names, in any case; a table or a view that is called so goes first.
#[tokio::test]
async fn an_alias_never_hides_a_table() {
    let engine = engine();
    for (name, table) in [
        ("CustomTicketStatuses", "custom_statuses"),
        ("customticketstatuses", "custom_statuses"),
        ("zendesk.\"CUSTOM_TICKET_STATUSES\"", "custom_statuses"),
        ("Collaborators", "tickets_collaborators"),
        ("CData.zendesk.Collaborators", "tickets_collaborators"),
    ] {
        let plan = planned(&engine, name).await.unwrap();
        assert!(plan.contains(&format!("zendesk.{table}")), "{name}: {plan}");
    }
    engine
        .sql("CREATE VIEW collaborators AS SELECT 1 AS mine")
        .await
        .unwrap();
    let rows = engine.sql("SELECT mine FROM Collaborators").await.unwrap();
    assert_eq!(rows.count().await.unwrap(), 1);
    let aliases = &engine.connections()[0].connector().aliases;
    let fold = |name: &str| name.to_lowercase().replace('_', "");
    for alias in aliases {
        let tables = engine.connections()[0].tables();
        let hidden = tables.iter().any(|it| fold(&it.name) == fold(&alias.name));
        assert!(!hidden, "{} is the name of a table", alias.name);
        assert!(
            CDATA.split_whitespace().any(|it| it == alias.name),
            "{}",
            alias.name
        );
    }
}

#[tokio::test]
async fn a_name_whose_table_is_missing_says_so() {
    let error = planned(&engine(), "zendesk.Tickets_Macros")
        .await
        .unwrap_err();
    assert_eq!(
        error.message(),
        "there is no table `zendesk.tickets_macros`"
    );
    assert!(error.hint().unwrap().contains("ticket_audits_events"));
    let folder = tempfile::tempdir().unwrap();
    let things = "about = \"A thing.\"\nrows = \"All.\"\nkey = \"id\"\n[columns]\nid = \"int64\"\n\
        [[read]]\nname = \"list\"\nget = \"/things\"\nitems = \"things\"\npages = \"cursor\"\n";
    std::fs::write(folder.path().join("recipient_addresses.toml"), things).unwrap();
    let nowhere = "URL=http://127.0.0.1:1;User=a@example.com;ApiToken=x";
    let with = Engine::builder()
        .connection("zendesk", nowhere)
        .tables(folder.path())
        .build()
        .unwrap();
    let plan = planned(&with, "SupportAddresses").await.unwrap();
    assert!(plan.contains("zendesk.recipient_addresses"), "{plan}");
}
