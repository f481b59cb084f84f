//! What must have happened over a run of many seeds: a simulation that never meets a thing says nothing about it.

/// Something that happened.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(usize)]
#[allow(missing_docs)] // the names say it
pub enum Seen {
    LeaseLostWhileItRan,
    CommitLostToAnother,
    FailureLostToAnother,
    DuplicateWhileItRan,
    DuplicateAnsweredAsBefore,
    CrashBetweenClaimAndCommit,
    CrashWithRequestUnderWay,
    RestartUnderTheSameName,
    TakenOverFromTheDead,
    TimerOvertaken,
    TimerHandled,
    DeadLetterPausedItsLane,
    DeadLetterOfAHandler,
    DeadByLostWorkers,
    DeadLetterRetried,
    RetriedDeadLetterHandled,
    DeadLetterDropped,
    CancelWhileItRan,
    CancelWithChildren,
    ChildBornCancelled,
    AnswerToTheCancelledDropped,
    ReplyLostButSettled,
    ReplyLostWithClaims,
    RequestFailedWithoutEffect,
    RequestTakenBack,
    CommitFailedForAll,
    ManyInOneCommit,
    OneOfManyTakenBack,
    SettlementRefused,
    FailureRefused,
    BackOffWaited,
    LostRaceAgain,
    DrainedWithJobsReady,
    DrainedToTheEnd,
    ClaimedAsProduced,
    LaneClaimedAsProduced,
    MailAfterMailOfOneClaim,
    EventAfterTheEndIgnored,
    ChildToldItsParent,
    LaneWentFromWorkerToWorker,
    WaitedInDomain,
    DomainAnswered,
    DomainAdmitted,
    DomainMadeLocal,
    VersionThatNobodyServes,
    ClockJumpedWithClaims,
    PausedBeyondItsLease,
    Purged,
    BornAgainAfterPurge,
    DepthCounted,
    DepthTold,
}

impl Seen {
    /// All of them.
    pub const ALL: [Self; 51] = [
        Self::LeaseLostWhileItRan,
        Self::CommitLostToAnother,
        Self::FailureLostToAnother,
        Self::DuplicateWhileItRan,
        Self::DuplicateAnsweredAsBefore,
        Self::CrashBetweenClaimAndCommit,
        Self::CrashWithRequestUnderWay,
        Self::RestartUnderTheSameName,
        Self::TakenOverFromTheDead,
        Self::TimerOvertaken,
        Self::TimerHandled,
        Self::DeadLetterPausedItsLane,
        Self::DeadLetterOfAHandler,
        Self::DeadByLostWorkers,
        Self::DeadLetterRetried,
        Self::RetriedDeadLetterHandled,
        Self::DeadLetterDropped,
        Self::CancelWhileItRan,
        Self::CancelWithChildren,
        Self::ChildBornCancelled,
        Self::AnswerToTheCancelledDropped,
        Self::ReplyLostButSettled,
        Self::ReplyLostWithClaims,
        Self::RequestFailedWithoutEffect,
        Self::RequestTakenBack,
        Self::CommitFailedForAll,
        Self::ManyInOneCommit,
        Self::OneOfManyTakenBack,
        Self::SettlementRefused,
        Self::FailureRefused,
        Self::BackOffWaited,
        Self::LostRaceAgain,
        Self::DrainedWithJobsReady,
        Self::DrainedToTheEnd,
        Self::ClaimedAsProduced,
        Self::LaneClaimedAsProduced,
        Self::MailAfterMailOfOneClaim,
        Self::EventAfterTheEndIgnored,
        Self::ChildToldItsParent,
        Self::LaneWentFromWorkerToWorker,
        Self::WaitedInDomain,
        Self::DomainAnswered,
        Self::DomainAdmitted,
        Self::DomainMadeLocal,
        Self::VersionThatNobodyServes,
        Self::ClockJumpedWithClaims,
        Self::PausedBeyondItsLease,
        Self::Purged,
        Self::BornAgainAfterPurge,
        Self::DepthCounted,
        Self::DepthTold,
    ];
}

/// How often each thing happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tallies([u64; Seen::ALL.len()]);

impl Default for Tallies {
    fn default() -> Self {
        Self([0; Seen::ALL.len()])
    }
}

impl Tallies {
    pub(super) fn hit(&mut self, what: Seen) {
        self.0[what as usize] += 1;
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own += other;
        }
    }

    /// How often a thing happened.
    pub fn of(&self, what: Seen) -> u64 {
        self.0[what as usize]
    }

    /// What never happened.
    pub fn missing(&self) -> Vec<Seen> {
        Seen::ALL.into_iter().filter(|what| self.of(*what) == 0).collect()
    }
}
