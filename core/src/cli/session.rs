//! A command at work: the open store, the console, and what most commands share.

use clap::ArgMatches;

use crate::store::Store;

use super::console::Console;
use super::exit::Stop;
use super::views::plain;

/// How many subjects to name when a text stands for more than one.
const SHOWN: usize = 5;

pub(super) struct Session<'s, 'c> {
    pub(super) store: Store,
    pub(super) console: &'s mut Console<'c>,
    pub(super) json: bool,
}

impl<'s, 'c> Session<'s, 'c> {
    pub(super) fn open(matches: &ArgMatches, console: &'s mut Console<'c>, makes_store: bool) -> Result<Self, Stop> {
        let url = matches.get_one::<String>("store").or(console.store.as_ref()).ok_or_else(|| {
            Stop::usage("which store? name it with --store or in ARVO_STORE, for example --store sqlite:shop.db")
        })?;
        let environment = &console.environment;
        let store =
            if makes_store { Store::open_with(url, environment)? } else { Store::open_existing(url, environment)? };
        Ok(Self { store, console, json: matches.get_flag("json") })
    }

    pub(super) fn now(&self) -> i64 {
        self.console.environment.now()
    }

    /// The one subject that a text stands for.
    pub(super) fn subject(&self, text: &str) -> Result<String, Stop> {
        let mut found = self.store.find(text, SHOWN + 1).wait()?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Stop::not_found(format!(
                "no subject is or begins with {}, nor does a workflow's execution id; see arvo ls",
                plain(text)
            ))),
            many => {
                let more = if many > SHOWN { "\n  …" } else { "" };
                let list: Vec<String> =
                    found.iter().take(SHOWN).map(|subject| format!("\n  {}", plain(subject))).collect();
                Err(Stop::not_found(format!(
                    "{} stands for several; write more of it:{}{more}",
                    plain(text),
                    list.concat()
                )))
            }
        }
    }
}
