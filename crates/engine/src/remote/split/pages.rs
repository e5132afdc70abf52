//! Rows in the order of their ids, a job for each run of them that fits.

use datafusion::arrow::array::{AsArray as _, RecordBatch};
use datafusion::error::DataFusionError;
use futures::stream::StreamExt as _;
use zuzen_plan::remote::{Condition, Literal, Operator, Test};
use zuzen_rest::Purpose;

use super::part::Part;
use super::{KEY, Splitter};
use crate::error::Error;
use crate::remote::results::{Failed, Results};
use crate::remote::run::Batches;

impl Splitter {
    /// One job after the other, each behind the last id of the one before.
    pub(super) fn by_key(self, part: Part) -> Batches {
        let start = Pages {
            splitter: self,
            part,
            last: None,
            open: None,
            over: false,
        };
        let next = |mut pages: Pages| async move {
            let batch = pages.next().await.map_err(Error::into_datafusion)?;
            Ok::<_, DataFusionError>(batch.map(|batch| (batch, pages)))
        };
        futures::stream::try_unfold(start, next).boxed()
    }
}

struct Pages {
    splitter: Splitter,
    part: Part,
    last: Option<String>,
    open: Option<Results>,
    over: bool,
}

impl Pages {
    async fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        while !self.over {
            let Some(results) = &mut self.open else {
                self.open = self.page()?;
                self.over = self.open.is_none();
                continue;
            };
            if let Some(batch) = results.next().await.map_err(Failed::error)? {
                let ids = batch
                    .column(self.splitter.source.key())
                    .as_string_opt::<i32>();
                let newest = ids.and_then(|ids| ids.iter().flatten().max());
                self.last = self.last.take().max(newest.map(str::to_owned));
                return Ok(Some(batch));
            }
            self.over = results.rows() < self.splitter.cap;
            self.open = None;
        }
        Ok(None)
    }

    /// The job behind the last id.
    fn page(&self) -> Result<Option<Results>, Error> {
        let splitter = &self.splitter;
        let mut conditions = splitter.conditions(&self.part);
        conditions.extend(self.last.as_ref().map(|last| Condition {
            column: KEY.to_owned(),
            test: Test::Compare(Operator::Greater, Literal::Text(last.clone())),
        }));
        let job = splitter.source.page(&conditions, splitter.cap)?;
        job.map(|job| splitter.source.open(&splitter.run, &job, Purpose::Data))
            .transpose()
    }
}
