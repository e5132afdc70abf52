//! Opening the pages of a step: the read itself, its tail, what hangs below a parent table.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::compute::filter;
use datafusion::arrow::datatypes::TimestampMicrosecondType;
use futures::future::BoxFuture;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use zuzen_plan::cost::SIDE_BY_SIDE;
use zuzen_plan::read::{OnlyWith, ReadPlan, Tail, Work, requests_for};
use zuzen_plan::request::Request;
use zuzen_plan::scan::Scan;
use zuzen_plan::table::{Read, Table};
use zuzen_plan::value::{MICROS, Value};
use zuzen_rest::Page;

use super::ApiScan;
use super::rows::{internal, values};
use super::run::{Active, Failed, Role, Run, pull};
use super::seen::Seen;
use super::stop::Descent;
use crate::decode::{PageDecoder, Shape};
use crate::error::{Error, Kind};
use crate::table::RAW;

impl Run {
    pub(super) async fn start_tail(&mut self, tail: Tail) -> Result<Active, Failed> {
        let rest = self.scan.connection.rest().clone();
        let (pages, list, ordered) = match &tail.fan_out {
            None => {
                let pages = rest
                    .pages(tail.request.clone(), Arc::clone(&self.usage))
                    .map_err(Failed::Rest)
                    .boxed();
                (
                    pages,
                    (self.scan.table.name.clone(), tail.read.name.clone()),
                    true,
                )
            }
            Some(fan_out) => {
                let parents = self.recent_parents(&tail).await?;
                let requests = self.requests_for(&tail.read, &fan_out.column, parents);
                let pages = rest
                    .many(requests, Arc::clone(&self.usage), SIDE_BY_SIDE as usize)
                    .map_err(Failed::Rest)
                    .boxed();
                (
                    pages,
                    (fan_out.table.clone(), fan_out.parent.name.clone()),
                    false,
                )
            }
        };
        let order = ordered.then_some(tail.column.as_str());
        let (decoder, layout) = self.decoder(&tail.read, order)?;
        let role = Role::Tail {
            since: tail.since,
            list,
            descent: Descent::default(),
            ordered,
        };
        Ok(Active {
            pages,
            decoder,
            layout,
            role,
        })
    }

    pub(super) async fn start_main(&mut self, plan: Box<ReadPlan>) -> Result<Active, Error> {
        let rest = self.scan.connection.rest();
        let pages = match &plan.work {
            Work::Requests(requests) => match requests.as_slice() {
                [one] => rest
                    .pages(one.clone(), Arc::clone(&self.usage))
                    .map_err(Failed::Rest)
                    .boxed(),
                several => rest
                    .many(
                        several.to_vec(),
                        Arc::clone(&self.usage),
                        SIDE_BY_SIDE as usize,
                    )
                    .map_err(Failed::Rest)
                    .boxed(),
            },
            Work::FanOut { parent, column, .. } => self.fan_out(&plan.read, parent, column)?,
            Work::Nothing | Work::Keyed { .. } | Work::Count { .. } => {
                futures::stream::empty().boxed()
            }
        };
        let order = plan.stop.as_ref().map(|stop| stop.column.as_str());
        let (decoder, layout) = self.decoder(&plan.read, order)?;
        Ok(Active {
            pages,
            decoder,
            layout,
            role: Role::Main {
                plan,
                descent: Descent::default(),
            },
        })
    }

    /// One request for each row of the parent, as those arrive.
    fn fan_out(
        &self,
        read: &Read,
        parent: &ReadPlan,
        column: &str,
    ) -> Result<BoxStream<'static, std::result::Result<Page, Failed>>, Error> {
        let nested = self.parent_scan(parent)?;
        let rest = self.scan.connection.rest().clone();
        let (usage, scan) = (Arc::clone(&self.usage), self.scan.clone());
        let (read, column) = (read.clone(), column.to_owned());
        let pages = pull(Self::new(nested, Arc::clone(&self.usage)))
            .map_err(|error| Failed::Own(error.into()))
            .map_ok(move |batch| {
                let keys = values(batch.columns().first());
                let requests = requests_of(&scan, &read, &column, keys);
                rest.many(requests, Arc::clone(&usage), SIDE_BY_SIDE as usize)
                    .map_err(Failed::Rest)
            })
            .try_flatten();
        Ok(pages.boxed())
    }

    fn requests_for(&self, read: &Read, column: &str, keys: Vec<Value>) -> Vec<Request> {
        requests_of(&self.scan, read, column, keys)
    }

    /// A scan of the parent's keys only.
    fn parent_scan(&self, parent: &ReadPlan) -> Result<ApiScan, Error> {
        let table = self.parent_table(&parent.table)?;
        let columns: Vec<_> = table
            .key
            .iter()
            .filter_map(|key| table.column(key).cloned())
            .collect();
        let schema = crate::decode::schema(&columns);
        let scan = Scan::of(columns.iter().map(|column| column.name.clone()).collect());
        let nested = ApiScan::new(
            Arc::clone(&self.scan.connection),
            table,
            columns,
            schema,
            scan,
            parent.clone(),
            self.scan.options.clone(),
        );
        Ok(ApiScan {
            statement: Arc::clone(&self.scan.statement),
            ..nested
        })
    }

    fn parent_table(&self, name: &str) -> Result<Arc<Table>, Error> {
        let missing = || {
            Error::new(
                Kind::Internal,
                format!("there is no table `{name}` to read keys from"),
            )
        };
        self.scan.connection.table(name).ok_or_else(missing)
    }

    pub(super) fn parent_keys(&self, with: &OnlyWith) -> BoxFuture<'static, Result<Seen, Error>> {
        let parent = self
            .parent_scan(&with.parent)
            .map(|scan| pull(Self::new(scan, Arc::clone(&self.usage))));
        Box::pin(async move {
            let (mut found, mut batches) = (Seen::default(), parent?);
            while let Some(batch) = batches.try_next().await.map_err(Error::from)? {
                if let Some(keys) = batch.columns().first() {
                    found.insert(keys);
                }
            }
            Ok(found)
        })
    }

    /// Keys of the parents that changed within the lag.
    async fn recent_parents(&mut self, tail: &Tail) -> Result<Vec<Value>, Failed> {
        let Some(fan_out) = &tail.fan_out else {
            return Ok(Vec::new());
        };
        let table = self.parent_table(&fan_out.table)?;
        let wanted = [table.key.as_deref(), Some(tail.column.as_str())];
        let columns = wanted
            .into_iter()
            .flatten()
            .filter_map(|name| table.column(name).cloned())
            .collect();
        let read = &fan_out.parent;
        let shape = Shape {
            columns,
            items: read.items.clone(),
            outer: read.outer.clone(),
            keep: read.keep.clone(),
            bare: table.has_bare_rows(),
        };
        let mut decoder = PageDecoder::new(&shape).map_err(Error::from)?;
        let mut pages = self
            .scan
            .connection
            .rest()
            .pages(tail.request.clone(), Arc::clone(&self.usage));
        let (mut found, mut descent) = (Vec::new(), Descent::default());
        while let Some(page) = pages.try_next().await? {
            let batch = decoder
                .decode(&page.body, &page.request.bound)
                .map_err(Error::from)?;
            let [keys, order] = batch.columns() else {
                break;
            };
            let since = tail.since.saturating_mul(MICROS);
            let recent = order
                .as_primitive_opt::<TimestampMicrosecondType>()
                .map_or_else(
                    || BooleanArray::from(vec![true; order.len()]),
                    |times| {
                        times
                            .iter()
                            .map(|time| Some(time.is_none_or(|time| time >= since)))
                            .collect()
                    },
                );
            found.extend(values(Some(&filter(keys, &recent).map_err(internal)?)));
            descent.follow(order);
            if descent.is_past(tail.since) {
                break;
            }
        }
        Ok(found)
    }
}

fn requests_of(scan: &ApiScan, read: &Read, column: &str, keys: Vec<Value>) -> Vec<Request> {
    let columns: Vec<String> = scan
        .columns
        .iter()
        .map(|column| column.name.clone())
        .filter(|name| name != RAW)
        .collect();
    let wanted = Scan {
        columns,
        ..scan.scan.clone()
    };
    scan.connection.with_known(&scan.options, |known| {
        requests_for(&scan.table, read, &wanted, known, column, keys)
    })
}
