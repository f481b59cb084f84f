//! Executions by ticket: for hosts that can hold a number but not a value.

use super::execution::Execution;

/// Executions that wait for an answer. Take one, run it, put it back: the desk is never borrowed while a host runs,
/// so host code may use it too.
///
/// ```
/// let mut desk = arvo::Desk::default();
/// let ticket = desk.open();
/// assert!(matches!(desk.take(ticket), Err(arvo::DeskError::Busy(_)))); // opened, nothing put yet
/// desk.close(ticket);
/// assert!(matches!(desk.take(ticket), Err(arvo::DeskError::Unknown(_))));
/// ```
#[derive(Debug, Default)]
pub struct Desk {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Free,
    Running,
    Waiting(Execution),
}

/// Number of an open execution: 24 bits of slot, 29 of generation, so exact as a double and never given twice.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(u64);

const SLOT_BITS: u32 = 24;
const LAST_GENERATION: u32 = (1 << 29) - 1;

impl Ticket {
    /// The number, below 2⁵³.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The ticket of a number that came back from the host; whether it is open shows when it is used.
    pub fn of(number: u64) -> Self {
        Self(number)
    }

    fn slot(self) -> usize {
        usize::try_from(self.0 & ((1 << SLOT_BITS) - 1)).unwrap_or(usize::MAX)
    }

    fn generation(self) -> u64 {
        self.0 >> SLOT_BITS
    }
}

impl Desk {
    /// Reserves a ticket; the execution is put once it waits.
    ///
    /// # Panics
    /// With 16 million executions open at once, which memory does not hold.
    pub fn open(&mut self) -> Ticket {
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(Slot { generation: 0, content: Content::Free });
                let at = self.slots.len() - 1;
                assert!(at < 1 << SLOT_BITS, "too many open executions");
                at as u32
            }
        };
        let slot = &mut self.slots[at as usize];
        slot.content = Content::Running;
        Ticket(u64::from(at) | u64::from(slot.generation) << SLOT_BITS)
    }

    /// Takes the execution out, to answer or cancel it.
    ///
    /// # Errors
    /// [`DeskError::Unknown`] for a ticket that is not open, [`DeskError::Busy`] when the execution is out already.
    pub fn take(&mut self, ticket: Ticket) -> Result<Execution, DeskError> {
        let slot = self.slot(ticket)?;
        match std::mem::replace(&mut slot.content, Content::Running) {
            Content::Waiting(execution) => Ok(execution),
            Content::Running | Content::Free => Err(DeskError::Busy(ticket.0)),
        }
    }

    /// Puts an execution back that waits again. One whose ticket was closed meanwhile is dropped.
    pub fn put(&mut self, ticket: Ticket, execution: Execution) {
        if let Ok(slot) = self.slot(ticket) {
            slot.content = Content::Waiting(execution);
        }
    }

    /// Ends a ticket: whoever comes with it later gets [`DeskError::Unknown`].
    pub fn close(&mut self, ticket: Ticket) {
        let Ok(slot) = self.slot(ticket) else { return };
        slot.content = Content::Free;
        if slot.generation < LAST_GENERATION {
            slot.generation += 1;
            self.free.push(ticket.slot() as u32);
        } // else the slot is retired: its numbers are used up
    }

    /// How many tickets are open.
    pub fn live(&self) -> usize {
        self.slots.iter().filter(|slot| !matches!(slot.content, Content::Free)).count()
    }

    fn slot(&mut self, ticket: Ticket) -> Result<&mut Slot, DeskError> {
        self.slots
            .get_mut(ticket.slot())
            .filter(|slot| u64::from(slot.generation) == ticket.generation() && !matches!(slot.content, Content::Free))
            .ok_or(DeskError::Unknown(ticket.0))
    }
}

/// Why a ticket can't be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DeskError {
    /// The ticket is not open.
    #[error("execution {0} is unknown: it was answered, cancelled or never begun; its late answer has no effect")]
    Unknown(u64),
    /// The execution is being answered right now.
    #[error(
        "execution {0} is at work: a callback answered its own execution, or a second caller did; answer each step once"
    )]
    Busy(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_whose_numbers_are_used_up_is_never_given_again() {
        let mut desk = Desk::default();
        let first = desk.open();
        desk.slots[first.slot()].generation = LAST_GENERATION;
        let last = Ticket::of(first.number() | u64::from(LAST_GENERATION) << SLOT_BITS);
        assert!(last.number() < 1 << 53);
        desk.close(last);
        assert!(matches!(desk.take(last), Err(DeskError::Unknown(_))));
        assert_ne!(desk.open().slot(), last.slot());
    }
}
