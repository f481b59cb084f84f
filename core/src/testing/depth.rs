//! The rule of counts: what a worker is told waits for a consumer is what the rows say, one by one; and nothing is
//! counted that nobody asked for.

use std::collections::BTreeMap;

use crate::store::{Exchange, Exchanged};

use super::check::rule;
use super::model::{Mail, Model};
use super::seen::Seen;

impl Model {
    pub(super) fn check_depths(&mut self, exchange: &Exchange, given: &Exchanged, now: i64) -> Result<(), String> {
        let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
        if exchange.count {
            for served in exchange.served.iter() {
                let waiting = self.mails.values().filter(|mail| {
                    mail.lane == served.lane
                        && mail.consumer == *served.consumer
                        && self.version_of(mail) == Some(&*served.version)
                        && self.waits(mail, now)
                });
                *wanted.entry(&served.consumer).or_default() += waiting.count();
            }
        }
        let found: BTreeMap<&str, usize> = given.depths.iter().map(|depth| (&*depth.consumer, depth.waiting)).collect();
        rule!(found.len() == given.depths.len(), "12: {:?} names a consumer twice", given.depths);
        rule!(found == wanted, "12: {wanted:?} wait, but {found:?} were counted");
        if found.values().any(|waiting| *waiting > 0) {
            self.hit(Seen::DepthCounted);
        }
        Ok(())
    }

    /// The version that decides who gets it.
    fn version_of<'a>(&'a self, mail: &'a Mail) -> Option<&'a str> {
        if mail.lane { self.flows.get(&mail.workflow)?.version.as_deref() } else { Some(&mail.version) }
    }

    /// Whether it could be handled now, if a worker had the time, or its workflow.
    fn waits(&self, mail: &Mail, now: i64) -> bool {
        let is_there = mail.state == 0 && mail.domain.is_empty() && mail.due <= now;
        let Some(flow) = self.flows.get(&mail.workflow).filter(|_| mail.lane) else { return is_there };
        let in_turn = match flow.busy {
            None => flow.due.is_some_and(|due| due <= now),
            Some(_) => mail.tries == 0,
        };
        is_there && flow.control == "run" && in_turn
    }
}
