//! `syncmgr web`

use clap::Args;
use syncmgr_daemon::{Exit, Failure, Link, background, desktop};
use syncmgr_wire::control::{Event, Request};

use super::Context;

/// Open the web page in a browser
///
/// The daemon serves it on this machine alone, and is started if it does not run. The link opens the page once; the browser that has
/// opened it may come again until the daemon ends.
#[derive(Debug, Args)]
pub(crate) struct Web {
    /// Only print the link
    #[arg(long)]
    print: bool,
}

pub(super) fn run(command: &Web, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    if !ctx.manager.is_daemon() {
        let started = background::start(&ctx.surroundings)?;
        ctx.output.note(&started.to_string());
        ctx.manager = Link::find(&ctx.surroundings)?;
    }
    if ctx.output.is_json() {
        return ctx.manager.ask(Request::OpenWeb, &mut ctx.output.lines());
    }
    let (exit, events) = ctx.collect(Request::OpenWeb)?;
    let links = events.iter().filter_map(|event| match event {
        Event::Link(link) => Some(&link.url),
        _ => None,
    });
    for url in links {
        if !command.print && desktop::open(url) {
            ctx.output.note("the page is open in your browser");
        } else {
            ctx.output.print_line(url);
        }
    }
    Ok(exit)
}
