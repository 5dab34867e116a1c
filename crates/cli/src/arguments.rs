//! What can be typed. Nothing is judged here beyond its form; help and version work without surroundings.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands::{
    add, completions, conflicts, control, daemon, discover, doctor, handlers, history, items, remove,
    results, settings, status, sync, trash, tui, undo, why,
};

/// Keeps everything you own in step: folders, and whatever a handler can reach.
#[derive(Debug, Parser)]
#[command(name = "syncmgr", version, max_term_width = 100, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 all in step; 1 finished, with problems, conflicts or items that were skipped or \
    failed; 2 wrong usage or configuration; 3 stopped; 4 halted by a safety rule; 5 the manager itself failed."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Holds for every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Read this configuration file
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub(crate) config: Option<PathBuf>,
    /// Keep state in this directory
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Use colors
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    pub(crate) color: ColorChoice,
    /// Print one JSON object a line
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) json: bool,
    /// Say only what needs attention
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// Say more: each changed path
    #[arg(long, short, global = true, help_heading = "Everywhere")]
    pub(crate) verbose: bool,
}

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// In any case
    Always,
    /// In no case
    Never,
}

/// The commands, in the order of the help.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Sync(sync::Sync),
    Add(add::Add),
    Remove(remove::Remove),
    Discover(discover::Discover),
    Items(items::Items),
    Settings(settings::Settings),
    Handlers(handlers::Handlers),
    Status(status::Status),
    Results(results::Results),
    History(history::History),
    Conflicts(conflicts::Conflicts),
    Undo(undo::Undo),
    Trash(trash::Trash),
    Why(why::Why),
    Tui(tui::Tui),
    Skip(control::Skip),
    Stop(control::Stop),
    Pause(control::Pause),
    Resume(control::Resume),
    Daemon(daemon::Daemon),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_is_sound_with_all_its_parts() {
        // Reads also what is built only when it is asked for, such as the recipes.
        let mut command = Arguments::command();
        command.build();
        command.debug_assert();
    }

    #[test]
    fn a_parameter_does_not_hide_a_flag_of_every_command() {
        assert_eq!(syncmgr_daemon::parameter_flag("mbsync", "config"), "mbsync-config");
        assert_eq!(syncmgr_daemon::parameter_flag("restic", "password_file"), "password-file");
        let global = Arguments::command();
        let longs = global.get_arguments().filter_map(clap::Arg::get_long);
        for long in longs {
            assert!(syncmgr_daemon::FLAGS_OF_ALL.contains(&long), "{long}");
        }
    }
}
