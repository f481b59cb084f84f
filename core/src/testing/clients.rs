//! Simulated clients: they publish, again and again, cancel, put right what is dead, answer what waits in a domain.

use crate::store::{Answered, Backend, StoreError};

use super::model::Fact;
use super::seen::Seen;
use super::simulation::{Done, Op, Published, Request, Run};
use super::world::{CHILD, CLIENT, DOMAIN, Draft, FLOW, SERVICES, UNSERVED, opening};

impl Run<'_> {
    /// A client does something.
    pub(super) fn client(&mut self) -> Result<(), String> {
        let op = match self.random.below(40) {
            0..=9 => self.begin_flow(),
            10..=13 => self.call_service(),
            14..=16 => self.tell_flow(),
            17..=24 => self.publish_again()?,
            25..=27 => self.cancel(),
            28..=31 => self.put_right(),
            32..=35 => self.serve_domain(),
            36 => Some(Op::Domain(self.random.chance(50))),
            37 => Some(Op::Purge),
            _ => None,
        };
        match op {
            Some(op) => self.commit(vec![Request::Client(op)]),
            None => Ok(()),
        }
    }

    fn publish(&mut self, draft: &Draft<'_>) -> Option<Op> {
        let event = self.cast.incoming(draft).ok()?;
        if let Some(due) = draft.deliver_at {
            self.model.timers.entry(draft.id.clone()).or_insert(due);
        }
        self.published.push(Published { event, seq: None, answer: None });
        Some(Op::Publish(self.published.len() - 1))
    }

    fn begin_flow(&mut self) -> Option<Op> {
        let number = self.random.below(self.cast.flows.len());
        if number == UNSERVED {
            self.model.hit(Seen::VersionThatNobodyServes);
        }
        let child = self.random.chance(20);
        self.publish(&opening(self.cast, number, child))
    }

    fn call_service(&mut self) -> Option<Op> {
        self.attempts += 1;
        let subject = self.cast.plain[self.random.below(self.cast.plain.len())].clone();
        let kind = if self.random.chance(25) { "poison" } else { "call" };
        let service = SERVICES[self.random.below(2)];
        let deliver_at = if self.random.chance(30) { Some(self.now() + self.random.between(1, 2_500)) } else { None };
        let draft = Draft {
            id: format!("{kind}-{}", self.attempts),
            from: CLIENT,
            type_: service,
            to: service,
            subject: &subject,
            parent: None,
            domain: self.random.chance(10).then_some(DOMAIN),
            deliver_at,
        };
        self.publish(&draft)
    }

    fn tell_flow(&mut self) -> Option<Op> {
        self.attempts += 1;
        let number = self.random.below(self.cast.flows.len());
        let child = self.random.chance(30);
        let kind = if self.random.chance(25) { "poison" } else { "tell" };
        let deliver_at = if self.random.chance(20) { Some(self.now() + self.random.between(1, 2_500)) } else { None };
        let draft = Draft {
            id: format!("{kind}-{}", self.attempts),
            type_: "evt.from.outside",
            domain: self.random.chance(10).then_some(DOMAIN),
            deliver_at,
            parent: None,
            ..opening(self.cast, number, child)
        };
        self.publish(&draft)
    }

    /// The same event once more: nothing changes, and the answer is the one that was read first.
    fn publish_again(&mut self) -> Result<Option<Op>, String> {
        let at = self.random.below(self.published.len());
        let Some(Published { event, seq: Some(seq), answer }) = self.published.get(at).cloned() else {
            return Ok(None);
        };
        if self.model.gone.contains(&seq) {
            return Ok(None);
        }
        let id = event.event.id();
        let mut holders = self.hands.iter().flat_map(|hand| &hand.running);
        if holders.any(|(job, _)| job.event.id() == id) {
            self.model.hit(Seen::DuplicateWhileItRan);
        }
        let answered = self.ground.answered(seq, self.now()).map_err(|error| format!("9: {error}"))?;
        if let Answered::By(text) = answered {
            match answer {
                Some(first) if *first == *text => self.model.hit(Seen::DuplicateAnsweredAsBefore),
                Some(first) if !self.model.gone.is_empty() => drop(first), // the first answer may have been purged
                Some(first) => return Err(format!("9: {seq} was answered with {first}, now with {text}")),
                None => self.published[at].answer = Some(text.to_string()),
            }
        }
        Ok(Some(Op::Publish(at)))
    }

    fn cancel(&mut self) -> Option<Op> {
        self.attempts += 1;
        let number = self.random.below(self.cast.flows.len());
        let child = self.random.chance(30);
        let (subject, from, to, told) = if child {
            (&self.cast.children[number], CHILD, FLOW, &self.cast.flows[number])
        } else {
            (&self.cast.flows[number], FLOW, CLIENT, &self.cast.flows[number])
        };
        let draft = Draft {
            id: format!("cancelled-{}", self.attempts),
            from,
            type_: "sys.flow.error",
            to,
            subject: told,
            parent: None,
            domain: None,
            deliver_at: None,
        };
        Some(Op::Cancel(subject.to_string(), Box::new(self.cast.incoming(&draft).ok()?)))
    }

    fn put_right(&mut self) -> Option<Op> {
        let dead: Vec<i64> = self.model.mails.iter().filter(|(_, mail)| mail.state == 3).map(|(seq, _)| *seq).collect();
        let seq = *self.random.pick(&dead)?;
        Some(if self.random.chance(60) { Op::Retry(seq) } else { Op::Drop(seq) })
    }

    fn serve_domain(&mut self) -> Option<Op> {
        let waiting: Vec<i64> = self.ground.waiting(DOMAIN, 10).ok()?.iter().map(|posting| posting.seq).collect();
        let seq = *self.random.pick(&waiting)?;
        if self.random.chance(50) {
            return Some(Op::Admit(seq));
        }
        self.attempts += 1;
        let mail = self.model.mails.get(&seq)?;
        let subject = self.model.flows.get(&mail.workflow)?.subject.clone();
        let draft = Draft {
            id: format!("human-{}", self.attempts),
            from: "com.human",
            type_: "evt.human.answer",
            to: &mail.consumer.clone(),
            subject: &subject,
            parent: None,
            domain: None,
            deliver_at: None,
        };
        Some(Op::Answer(seq, vec![self.cast.incoming(&draft).ok()?]))
    }

    /// Runs a client's request; what it may be refused with is no broken rule.
    pub(super) fn help(&mut self, op: &Op, now: i64, unseen: bool) -> Result<Result<Done, StoreError>, String> {
        let ids: Vec<String> = match op {
            Op::Publish(at) => vec![self.published[*at].event.event.id().to_owned()],
            Op::Answer(_, events) => events.iter().map(|event| event.event.id().to_owned()).collect(),
            Op::Cancel(_, told) => vec![told.event.id().to_owned()],
            _ => Vec::new(),
        };
        let mut seq = None;
        let done = match op {
            Op::Publish(at) => {
                let event = self.published[*at].event.clone();
                self.ground.publish(&[event], now).map(|receipts| seq = receipts.first().copied())
            }
            Op::Cancel(subject, told) => self.ground.cancel(subject, Some(told), now).map(|gone| {
                if gone.len() > 1 && !unseen {
                    self.model.hit(Seen::CancelWithChildren);
                }
            }),
            Op::Retry(seq) => self.ground.retry(*seq, now),
            Op::Drop(seq) => self.ground.drop_dead(*seq, now),
            Op::Answer(seq, events) => self.ground.answer(*seq, events, now),
            Op::Admit(seq) => self.ground.admit(*seq, now),
            Op::Domain(local) => self.ground.set_domain(DOMAIN, *local, now).map(drop),
            Op::Purge => self.ground.purge(now - 500, 5).map(drop),
        };
        match done {
            Ok(()) => {}
            Err(error @ (StoreError::UnknownSubject { .. } | StoreError::Ended { .. } | StoreError::State { .. })) => {
                return Ok(Err(error));
            }
            Err(error) => return Err(format!("0: {op:?} failed: {error}")),
        }
        if !unseen {
            let fact = match op {
                Op::Publish(_) => Fact::Publish(&ids),
                Op::Cancel(..) => Fact::Cancel { told: &ids[0] },
                Op::Retry(seq) => Fact::Retry(*seq),
                Op::Drop(_) => Fact::Drop,
                Op::Answer(seq, _) => Fact::Answer(*seq, &ids),
                Op::Admit(_) => Fact::Admit,
                Op::Domain(_) => Fact::Domain,
                Op::Purge => Fact::Purge,
            };
            match op {
                Op::Retry(_) => self.model.hit(Seen::DeadLetterRetried),
                Op::Drop(_) => self.model.hit(Seen::DeadLetterDropped),
                Op::Answer(..) => self.model.hit(Seen::DomainAnswered),
                _ => {}
            }
            self.observe(fact, now)?;
            if let (Op::Publish(at), Some(receipt)) = (op, seq) {
                self.check_receipt(*at, receipt)?;
            }
        }
        Ok(Ok(Done { stirs: true, replied: None, seq: seq.map(|receipt| receipt.seq) }))
    }

    fn check_receipt(&self, at: usize, receipt: crate::store::Receipt) -> Result<(), String> {
        let id = self.published[at].event.event.id();
        match self.model.mails.get(&receipt.seq) {
            Some(mail) if mail.id == id => {}
            other => return Err(format!("1: {id} was stored as {}, which is {other:?}", receipt.seq)),
        }
        match self.published[at].seq {
            Some(first) if !self.model.gone.contains(&first) && (first != receipt.seq || receipt.fresh) => {
                // The list of local domains may have changed since: then it is another event, by its key.
                let other = self.model.mails.get(&first).zip(self.model.mails.get(&receipt.seq));
                match other {
                    Some((first, second)) if first.domain != second.domain => Ok(()),
                    _ => Err(format!("9: {id} was stored as {first}, and again as {}", receipt.seq)),
                }
            }
            _ => Ok(()),
        }
    }
}
