//! The process of a class: it speaks the handler protocol on its standard streams and passes everything on.
//!
//! Threads: the guest's two (one reads lines, one makes the ten calls), and the apartment's, which alone touches the class.
//! Threads of the class come in through the callback object, from whatever apartment, or from none at all.

mod abi;
mod apartment;
mod callback;
mod ends;
mod handler;
mod places;
mod streams;

use std::io::BufReader;
use std::process::ExitCode;

use syncmgr_handler::{Handler, guest};
use windows::Win32::System::Com::CoIncrementMTAUsage;

use crate::class::ClassId;

pub use places::{events, registered};

/// Serves the manager that started this process with a class, until the manager says that it is over or has gone.
pub fn serve(class: ClassId) -> ExitCode {
    ends::be_short();
    let Ok((input, output)) = streams::own() else {
        // Nobody can be told in the protocol; the exit status is seen.
        return ExitCode::FAILURE;
    };
    // Worker threads of classes take the callback out of a stream without having entered an apartment. That works only while
    // the process holds a multithreaded one open; it is held until the end of the process.
    // SAFETY: needs nothing, and what it gives may be kept for good.
    if unsafe { CoIncrementMTAUsage() }.is_err() {
        return ExitCode::FAILURE;
    }
    guest::serve_over(BufReader::new(input), output, &|_session| {
        let description = places::description(class);
        handler::Class::load(class, description).map(|class| Box::new(class) as Box<dyn Handler>)
    })
}
