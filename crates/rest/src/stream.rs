//! Pages as streams: lazy, a little ahead of the consumer, over when they are dropped.

use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zuzen_plan::request::Request;

use crate::connection::Connection;
use crate::error::Error;
use crate::log::Purpose;
use crate::reading::Reading;
use crate::usage::Usage;

/// Pages that wait between fetching and decoding.
const AHEAD: usize = 1;

/// One answer of a request.
#[derive(Debug, Clone)]
pub struct Page {
    /// The whole body, decompressed.
    pub body: Bytes,
    /// The request it belongs to.
    pub request: Arc<Request>,
    /// Which page of the request, from 0.
    pub number: u32,
    /// The attempt's number in the log, to which rows can be added once they are counted.
    pub entry: u64,
}

type Received = mpsc::Receiver<Result<Page, Error>>;

/// Where a stream of one request's pages stands.
enum Stage {
    /// The consumer has seen at most one page: nothing is fetched that it has not asked for.
    First(Box<Reading>),
    /// It wants them all.
    Ahead(Received, Task),
    Over,
}

/// A task that ends with its owner.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) fn pages(
    connection: Connection,
    request: Arc<Request>,
    usage: Arc<Usage>,
) -> BoxStream<'static, Result<Page, Error>> {
    let look_ahead = connection.shared.look_ahead;
    let reading = Reading::new(connection, request, usage, Purpose::Data);
    let start = (Stage::First(Box::new(reading)), false);
    stream::unfold(start, move |(stage, wants_more)| async move {
        let stage = match stage {
            Stage::First(reading) if wants_more && look_ahead && !reading.is_done() => {
                let (receiver, task) = ahead(reading_stream(*reading));
                Stage::Ahead(receiver, task)
            }
            other => other,
        };
        match stage {
            Stage::First(mut reading) => match reading.next().await {
                Ok(page) => page.map(|page| (Ok(page), (Stage::First(reading), true))),
                Err(error) => Some((Err(error), (Stage::Over, true))),
            },
            Stage::Ahead(mut receiver, task) => match receiver.recv().await? {
                Ok(page) => Some((Ok(page), (Stage::Ahead(receiver, task), true))),
                Err(error) => Some((Err(error), (Stage::Over, true))),
            },
            Stage::Over => None,
        }
    })
    .boxed()
}

pub(crate) fn many(
    connection: Connection,
    requests: Vec<Request>,
    usage: Arc<Usage>,
    concurrency: usize,
) -> BoxStream<'static, Result<Page, Error>> {
    let pages = stream::iter(requests)
        .map(move |request| {
            let reading = Reading::new(
                connection.clone(),
                Arc::new(request),
                Arc::clone(&usage),
                Purpose::Data,
            );
            reading_stream(reading).boxed()
        })
        .flatten_unordered(concurrency.max(1))
        .boxed();
    stream::unfold(Side::Waiting(pages), |side| async move {
        let (mut receiver, task) = match side {
            Side::Waiting(pages) => ahead(pages),
            Side::Running(receiver, task) => (receiver, task),
            Side::Over => return None,
        };
        match receiver.recv().await? {
            Ok(page) => Some((Ok(page), Side::Running(receiver, task))),
            Err(error) => Some((Err(error), Side::Over)),
        }
    })
    .boxed()
}

/// Where a stream of several requests' pages stands.
enum Side {
    Waiting(BoxStream<'static, Result<Page, Error>>),
    Running(Received, Task),
    Over,
}

/// The pages of a reading, each fetched when it is polled for; an error is the last.
fn reading_stream(reading: Reading) -> impl Stream<Item = Result<Page, Error>> + Send + 'static {
    stream::unfold(Some(reading), |reading| async move {
        let mut reading = reading?;
        match reading.next().await {
            Ok(page) => page.map(|page| (Ok(page), Some(reading))),
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// Runs a stream in a task of its own, a bounded number of pages ahead.
fn ahead(pages: impl Stream<Item = Result<Page, Error>> + Send + 'static) -> (Received, Task) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let task = tokio::spawn(async move {
        let mut pages = std::pin::pin!(pages);
        while let Some(page) = pages.next().await {
            let failed = page.is_err();
            if sender.send(page).await.is_err() || failed {
                return;
            }
        }
    });
    (receiver, Task(task))
}
