//! The DataFusion session of an engine: its settings, its catalog, and the rules it plans by.

use std::sync::Arc;

use datafusion::catalog::{CatalogProviderList, MemoryCatalogProviderList, SchemaProvider};
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::optimizer::Analyzer;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::catalog::{CATALOG, ConnectionSchema, catalog};
use crate::compatibility;
use crate::connection::Connection;
use crate::doubles::AsDoubles;
use crate::error::Error;
use crate::options::Zuzen;
use crate::planner::Planner;
use crate::procedure::{self, Procedures};
use crate::remote::RawQueries;
use crate::rules;
use crate::statement::BARE;
use crate::system::{self, SYSTEM};
use crate::zone::LocalCalendar;

/// A DataFusion session over these connections, with the settings that a new engine has.
///
/// # Errors
/// `Internal` if DataFusion refuses what is built in.
pub(crate) fn context(
    connections: &[Arc<Connection>],
    procedures: &Procedures,
    raw: &RawQueries,
    zone: &str,
    runtime: Arc<RuntimeEnv>,
    system: Arc<dyn SchemaProvider>,
) -> Result<SessionContext, Error> {
    let default = match connections {
        [only] => only.name(),
        _ => BARE,
    };
    let mut config = SessionConfig::new()
        .with_default_catalog_and_schema(CATALOG, default)
        .with_create_default_catalog_and_schema(false)
        .with_information_schema(true)
        .with_option_extension(Zuzen::default());
    let options = config.options_mut();
    options.execution.time_zone = Some(zone.to_owned());
    // The API is the bottleneck: partitions would only hide keys in CASE expressions and mix up EXPLAIN.
    options.execution.target_partitions = 1;
    options.optimizer.repartition_joins = false;
    // Columns carry their comments as metadata. A UNION keeps what is common to both sides in the logical plan and all of it
    // in the physical one, which an aggregate above would take for a fault.
    options.execution.skip_physical_aggregate_schema_check = true;
    // Keys of a join reach the scan as a list up to this many; beyond it, as bounds only.
    options
        .optimizer
        .hash_join_inlist_pushdown_max_distinct_values = 100_000;
    options.optimizer.hash_join_inlist_pushdown_max_size = 64 << 20;
    // Money is decimal: 0.01 is, too, so that what is computed with it stays exact.
    options.sql_parser.parse_float_as_decimal = true;
    // VARCHAR is the type that columns of text have: joins by a cast then need none on the other side, which keys would
    // not pass.
    options.sql_parser.map_string_types_to_utf8view = false;
    options.explain.logical_plan_only = false;
    let plain = MemoryCatalogProviderList::new();
    let public: Arc<dyn SchemaProvider> =
        Arc::new(datafusion::catalog::MemorySchemaProvider::new());
    let mut schemas: Vec<(String, Arc<dyn SchemaProvider>)> = vec![(SYSTEM.to_owned(), system)];
    if connections.len() != 1 {
        schemas.push((BARE.to_owned(), public));
    }
    for connection in connections {
        let schema = ConnectionSchema::new(Arc::clone(connection))
            .asked_ahead()
            .beside(system::of_connection(connection, procedures)?);
        schemas.push((connection.name().to_owned(), Arc::new(schema)));
    }
    plain.register_catalog(CATALOG.to_owned(), catalog(&schemas)?);
    let mut analysis = Analyzer::new().rules;
    analysis.insert(0, Arc::new(AsDoubles));
    let mut rules = rules::physical();
    rules.push(Arc::new(procedure::OneCall));
    let mut state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_catalog_list(Arc::new(plain))
        .with_analyzer_rules(analysis)
        .with_analyzer_rule(Arc::new(LocalCalendar))
        .with_analyzer_rule(Arc::new(procedure::CallsFirst))
        .with_query_planner(Arc::new(Planner))
        .with_relation_planners(vec![
            Arc::new(raw.clone()),
            Arc::new(procedure::Relations::new(procedures.clone())),
        ])
        .with_physical_optimizer_rules(rules)
        .build();
    for function in compatibility::functions() {
        state.register_udf(function)?;
    }
    Ok(SessionContext::new_with_state(state))
}

#[cfg(test)]
mod tests {
    use crate::Engine;
    use crate::options::Zuzen;

    #[tokio::test]
    async fn sessions_keep_to_themselves() {
        let engine = Engine::builder()
            .connection(
                "zendesk",
                "URL=https://acme.zendesk.com;User=me@acme.com;ApiToken=secret",
            )
            .time_zone("Europe/Berlin")
            .build()
            .unwrap();
        let other = engine.session().unwrap();
        for sql in [
            "CREATE VIEW v AS SELECT 1 AS n",
            "PREPARE p AS SELECT 1",
            "SET zuzen.pushdown = off",
            "USE system",
            "SELECT n, method FROM zendesk.v, requests",
        ] {
            other.sql(sql).await.unwrap();
        }
        for (sql, wanted) in [
            ("SHOW datafusion.execution.time_zone", "Europe/Berlin"),
            ("SHOW datafusion.catalog.default_schema", "zendesk"),
        ] {
            let shown = engine.sql(sql).await.unwrap().to_string().await.unwrap();
            assert!(shown.contains(wanted), "{shown}");
        }
        let pushdown = |engine: &Engine| {
            let state = engine.context().state();
            Zuzen::of(state.config_options()).pushdown
        };
        assert_eq!((pushdown(&engine), pushdown(&other)), (true, false));
        for sql in ["SELECT * FROM zendesk.v", "EXECUTE p"] {
            engine.sql(sql).await.unwrap_err();
        }
    }
}
