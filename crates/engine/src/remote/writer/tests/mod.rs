//! Statements and what of them runs at Data Query, over the bundled catalogue; nothing is sent.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;

use super::{Extra, write};
use crate::Engine;
use crate::remote::federate;
use crate::remote::node::RemoteQuery;

mod filters;
mod groups;
mod joins;
mod kept;

const ZUORA: &str = "Connector=Zuora;URL=http://127.0.0.1:9;OAuthClientId=a;OAuthClientSecret=b;MetadataLocation=memory://;ZuoraService=DataQuery";

/// An engine over two tenants, the tables of the first found without its name.
async fn engine() -> Engine {
    let engine = Engine::builder()
        .connection("zuora", ZUORA)
        .connection("other", ZUORA)
        .build()
        .unwrap();
    engine.sql("USE zuora").await.unwrap();
    engine
}

/// The plan with leaves in it.
async fn federated(engine: &Engine, sql: &str) -> LogicalPlan {
    let frame = engine
        .sql(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let plan = frame
        .into_optimized_plan()
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    federate(plan).unwrap()
}

/// What is asked of Zuora, from left to right: statements, and names of tables that are read by themselves.
async fn asked(engine: &Engine, sql: &str) -> Vec<String> {
    let mut asked = Vec::new();
    let plan = federated(engine, sql).await;
    plan.apply(|node| {
        match node {
            LogicalPlan::TableScan(scan) => asked.push(scan.table_name.table().to_owned()),
            LogicalPlan::Extension(extension) => {
                if let Some(query) = extension.node.as_any().downcast_ref::<RemoteQuery>() {
                    asked.push(write(query.plan(), &Extra::new()).unwrap().text);
                }
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    asked
}

/// Each statement asks for just these, and can be planned to its end.
async fn check(cases: &[(&str, &[&str])]) {
    let engine = engine().await;
    for (sql, expected) in cases {
        assert_eq!(asked(&engine, sql).await, *expected, "{sql}");
        let planned = engine.sql(sql).await.unwrap().create_physical_plan().await;
        if let Err(error) = planned {
            panic!("{sql}: {error}");
        }
    }
}
