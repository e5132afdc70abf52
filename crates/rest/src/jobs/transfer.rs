//! A result on its way from where it lies: streamed, decompressed, and taken up again where it broke off.
//!
//! A broken transfer begins anew, and what has been handed on is passed over: by position, and with a checksum that
//! tells whether it is still the same. Nothing that has left is ever sent a second time.

use bytes::Bytes;
use flate2::Crc;
use tokio::sync::mpsc;
use zuzen_plan::job::{File, Job, JobError, Refused, Trouble};

use super::JobFailure;
use super::call::{Unopened, Unreached, unanswered};
use super::log::Entry;
use super::stream::Piece;
use super::unpack::{STEP, Unpacking, Unwhole};
use crate::connection::Connection;
use crate::errand::Errand;
use crate::error::{At, Error};
use crate::log::Pending;
use crate::send::{Head, failed, said};
use crate::transport::Failure;

/// How far the files of a job have been handed on.
#[derive(Debug, Default)]
pub(super) struct Place {
    file: usize,
    begun: bool,
    delivered: u64,
    checksum: Crc,
}

/// How a transfer ends.
pub(super) enum Transferred {
    All,
    Refused(Refused),
    Unreached(Unreached),
    /// Nobody takes the rows any more.
    Left,
}

/// What no further transfer mends.
pub(super) enum Broken {
    Rest(Error),
    File(JobError),
}

impl Broken {
    pub(super) fn failure(self, at: At, job: Option<String>) -> JobFailure {
        match self {
            Self::Rest(error) => JobFailure::Rest(error),
            Self::File(error) => JobFailure::Job {
                at: Box::new(at),
                job,
                error,
            },
        }
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Rest(error)
    }
}

/// The files of a job being read.
pub(super) struct Transfer<'a> {
    pub(super) connection: &'a Connection,
    pub(super) errand: &'a Errand,
    pub(super) entry: &'a Entry,
    pub(super) pieces: &'a mpsc::Sender<Result<Piece, JobFailure>>,
    pub(super) place: &'a mut Place,
    pub(super) job: &'a mut Job,
}

/// What of a file has been handed on by an earlier transfer.
struct Passed {
    left: u64,
    checksum: Crc,
}

impl Transfer<'_> {
    /// Reads the files that have not been read yet.
    pub(super) async fn files(&mut self, files: &[File]) -> Result<Transferred, Broken> {
        while let Some(file) = files.get(self.place.file) {
            match self.file(file, files.len()).await? {
                Transferred::All => {}
                ended => return Ok(ended),
            }
            *self.place = Place {
                file: self.place.file + 1,
                ..Place::default()
            };
        }
        Ok(Transferred::All)
    }

    async fn file(&mut self, file: &File, of: usize) -> Result<Transferred, Broken> {
        let errand = self.errand;
        let connection = self.connection;
        let opened = tokio::select! {
            biased;
            () = self.pieces.closed() => return Ok(Transferred::Left),
            opened = connection.open_file(errand, file) => opened?,
        };
        let head = match opened {
            Ok(head) => head,
            Err(Unopened::Refused(refused)) => return Ok(Transferred::Refused(refused)),
            Err(Unopened::Unreached(unreached)) => return Ok(Transferred::Unreached(unreached)),
        };
        let status = head.response.status().as_u16();
        let Head {
            response,
            mut pending,
            ..
        } = head;
        let mut received = 0;
        let came = self.body(response, of, &mut received).await;
        let problem = match &came {
            Ok(Transferred::All) => None,
            Ok(Transferred::Refused(refused)) => Some(refused.message.clone()),
            Ok(Transferred::Unreached(unreached)) => Some(unreached.to_string()),
            Ok(Transferred::Left) => Some("cancelled".to_owned()),
            Err(Broken::File(error)) => Some(error.message.clone()),
            Err(Broken::Rest(error)) => Some(error.to_string()),
        };
        Pending::answered(&mut pending, Some(status), received);
        pending.finish(problem);
        came
    }

    async fn body(
        &mut self,
        mut response: reqwest::Response,
        of: usize,
        received: &mut usize,
    ) -> Result<Transferred, Broken> {
        let patience = self.connection.shared.timeout;
        let mut unpacking = Unpacking::new();
        let mut passed = Passed {
            left: self.place.delivered,
            checksum: Crc::new(),
        };
        loop {
            let chunk = tokio::select! {
                biased;
                () = self.pieces.closed() => return Ok(Transferred::Left),
                chunk = tokio::time::timeout(patience, response.chunk()) => chunk,
            };
            let mut chunk = match chunk {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => break,
                Ok(Err(error)) => {
                    let transport = &self.connection.shared.transport;
                    let detail = said(&failed(Failure::read(&error, transport)));
                    return Ok(Transferred::Refused(self.broke_off(of, &detail)));
                }
                Err(_) => {
                    let detail = format!("nothing came for {} s", patience.as_secs());
                    return Ok(Transferred::Refused(self.broke_off(of, &detail)));
                }
            };
            while !chunk.is_empty() {
                let step = chunk.split_to(STEP.min(chunk.len()));
                let unpacked = unpacking.push(step);
                let unpacked = unpacked.map_err(|unwhole| self.corrupt(of, &unwhole))?;
                *received += unpacked.len();
                if !self.hand_on(unpacked, &mut passed, of).await? {
                    return Ok(Transferred::Left);
                }
            }
        }
        let rest = match unpacking.finish() {
            Ok(rest) => rest,
            Err(Unwhole::CutShort) => {
                return Ok(Transferred::Refused(
                    self.broke_off(of, "the file is cut short"),
                ));
            }
            Err(unwhole) => return Err(self.corrupt(of, &unwhole)),
        };
        *received += rest.len();
        if !self.hand_on(rest, &mut passed, of).await? {
            return Ok(Transferred::Left);
        }
        if passed.left > 0 {
            let detail = "the file is shorter than it was before";
            return Ok(Transferred::Refused(self.broke_off(of, detail)));
        }
        // A file without a byte is one, too.
        Ok(if self.announce().await {
            Transferred::All
        } else {
            Transferred::Left
        })
    }

    /// Hands on what has not been handed on before; whether somebody took it.
    async fn hand_on(
        &mut self,
        mut bytes: Bytes,
        passed: &mut Passed,
        of: usize,
    ) -> Result<bool, Broken> {
        self.errand.usage.count_bytes(bytes.len());
        if passed.left > 0 {
            let known = usize::try_from(passed.left).unwrap_or(usize::MAX);
            let known = bytes.split_to(known.min(bytes.len()));
            passed.checksum.update(&known);
            passed.left -= length(&known);
            if passed.left == 0 && passed.checksum.sum() != self.place.checksum.sum() {
                let changed = "it has changed between two transfers, and rows of it have left";
                return Err(self.wrong(of, changed));
            }
        }
        if bytes.is_empty() {
            return Ok(true);
        }
        if !self.announce().await {
            return Ok(false);
        }
        self.place.delivered += length(&bytes);
        self.place.checksum.update(&bytes);
        self.entry.count_bytes(bytes.len());
        Ok(self.pieces.send(Ok(Piece::Bytes(bytes))).await.is_ok())
    }

    /// Says once that a file begins. With that, something has left.
    async fn announce(&mut self) -> bool {
        self.job.delivered();
        let begun = std::mem::replace(&mut self.place.begun, true);
        begun || self.pieces.send(Ok(Piece::File)).await.is_ok()
    }

    fn position(&self, of: usize) -> String {
        format!(
            "file {} of {of}, after {} bytes of rows",
            self.place.file + 1,
            self.place.delivered
        )
    }

    fn broke_off(&self, of: usize, detail: &str) -> Refused {
        let position = self.position(of);
        unanswered(format!("the result broke off in {position}: {detail}"))
    }

    fn corrupt(&self, of: usize, unwhole: &Unwhole) -> Broken {
        match unwhole {
            Unwhole::Corrupt(detail) => self.wrong(of, detail),
            Unwhole::CutShort => self.wrong(of, "it is cut short"),
        }
    }

    fn wrong(&self, of: usize, detail: &str) -> Broken {
        Broken::File(JobError {
            trouble: Trouble::Other,
            id: self.job.id().map(str::to_owned),
            message: format!(
                "the result cannot be read in {}: {detail}",
                self.position(of)
            ),
            submits: self.job.tries().submits,
        })
    }
}

fn length(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
