//! `syncmgr conflicts edit`

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use syncmgr_daemon::{Exit, Failure};
use syncmgr_wire::control::{Event, Request};
use syncmgr_wire::line::Conflict;
use syncmgr_wire::page::{Comparison, Draft};

use super::show::{compare, meant};
use crate::commands::{Context, session};
use crate::terminals::editor;

/// The most bytes a merged text may have.
const MOST: u64 = 512 << 10;

/// Letters of its name that a draft shows.
const SHOWN: usize = 40;

/// Join both versions of a text by hand
///
/// Opens $VISUAL or $EDITOR with both versions in one file, marked where they differ. What you save becomes the file on both sides;
/// what was there goes to the trash, and `syncmgr undo` takes it back. A text you leave as it was, or with marks in it, changes nothing.
#[derive(Debug, Args)]
pub(super) struct Edit {
    /// Its path, after its item where several have it
    #[arg(required = true, num_args = 1..=2, value_names = ["ITEM", "PATH"])]
    conflict: Vec<OsString>,
    /// Take the text from this file (`-`: standard input), and open nothing
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

pub(super) fn run(command: &Edit, item: Option<String>, ctx: &mut Context<'_>) -> Result<Exit, Failure> {
    let conflict = one(&command.conflict, item, ctx)?;
    let comparison = comparison(&conflict, ctx)?;
    if let Some(from) = &command.from {
        let text = given(from, ctx)?;
        return merge(&conflict, &comparison, text, ctx);
    }
    let Some(draft) = &comparison.draft else {
        return Err(Failure::usage(format!(
            "`{}` cannot be joined by hand: {}",
            conflict.path, comparison.remark
        ))
        .exits(Exit::Unfinished)
        .hint("`syncmgr conflicts resolve PATH --keep left|right|newer|both` decides it"));
    };
    let file = DraftFile::write(draft, &conflict, ctx)?;
    open(&file.path)?;
    let text = file.read()?;
    if text == draft.text {
        ctx.output.note("nothing was changed: the text is as it was");
        file.remove();
        return Ok(Exit::Unfinished);
    }
    if draft.is_open(&text) {
        ctx.output.note("nothing was changed: the text still has marks in it");
        file.keep(ctx);
        return Ok(Exit::Unfinished);
    }
    let ended = merge(&conflict, &comparison, text, ctx);
    if matches!(ended, Ok(Exit::InStep)) {
        file.remove()
    } else {
        file.keep(ctx)
    }
    ended
}

/// The one conflict that is meant.
fn one(typed: &[OsString], item: Option<String>, ctx: &mut Context<'_>) -> Result<Conflict, Failure> {
    let mut meant = meant(typed, item, ctx)?;
    match (meant.pop(), meant.is_empty()) {
        (Some(conflict), true) => Ok(conflict),
        _ => Err(Failure::usage("this path is in conflict in several items")
            .hint("name the item first: `syncmgr conflicts edit ITEM PATH`")),
    }
}

fn comparison(conflict: &Conflict, ctx: &mut Context<'_>) -> Result<Comparison, Failure> {
    let (_, events) = ctx.collect(compare(conflict, true))?;
    let comparison = events.into_iter().find_map(|event| match event {
        Event::Comparison(comparison) => Some(comparison),
        _ => None,
    });
    comparison.ok_or_else(|| Failure::ours("the manager has compared nothing"))
}

fn merge(
    conflict: &Conflict,
    comparison: &Comparison,
    text: String,
    ctx: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let request = Request::Merge {
        item: conflict.item.to_string(),
        path: conflict.path.clone(),
        escaped: conflict.escaped,
        text,
        seen: (!comparison.seen.is_empty()).then(|| comparison.seen.clone()),
    };
    session::run(request, session::Empty::NothingMeant, ctx)
}

/// The text of a file that the user names.
fn given(from: &Path, ctx: &Context<'_>) -> Result<String, Failure> {
    let read = if from == Path::new("-") {
        read_text(io::stdin())
    } else {
        fs::File::open(ctx.surroundings.resolve(from)).and_then(read_text)
    };
    read.map_err(|error| Failure::usage(format!("`{}` cannot be read", from.display())).because(&error))
}

fn read_text(input: impl Read) -> io::Result<String> {
    let mut text = String::new();
    input.take(MOST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST {
        return Err(io::Error::other("it has more than 512 KiB"));
    }
    Ok(text)
}

/// A draft as a file of its own, which only its user may read.
struct DraftFile {
    path: PathBuf,
}

impl DraftFile {
    fn write(draft: &Draft, conflict: &Conflict, ctx: &Context<'_>) -> Result<Self, Failure> {
        let dir = &ctx.surroundings.state_dir;
        // As its name ends: editors tell by that what they are looking at. A whole one may be too long with something before.
        let name = conflict.path.rsplit('/').next().unwrap_or_default();
        let begin = name.char_indices().rev().nth(SHOWN - 1).map_or(0, |(at, _)| at);
        let name = &name[begin..];
        let written = tempfile::Builder::new().prefix("merge-").suffix(&format!("-{name}")).tempfile_in(dir);
        let kept = written.and_then(|mut file| {
            file.write_all(draft.text.as_bytes())?;
            file.keep().map_err(|error| error.error)
        });
        match kept {
            Ok((_, path)) => Ok(Self { path }),
            Err(error) => {
                Err(Failure::ours(format!("no file can be made in `{}`", dir.display())).because(&error))
            }
        }
    }

    fn read(&self) -> Result<String, Failure> {
        fs::File::open(&self.path).and_then(read_text).map_err(|error| {
            Failure::usage("what was written cannot be read; nothing was changed")
                .because(&error)
                .hint(format!("it is in `{}`", self.path.display()))
        })
    }

    fn remove(self) {
        // It is of no use to anybody; a leftover only takes room.
        let _left = fs::remove_file(&self.path);
    }

    /// Leaves it where it is: somebody has worked on it.
    fn keep(self, ctx: &mut Context<'_>) {
        ctx.output.note(&format!(
            "what you wrote is in `{}`; `syncmgr conflicts edit PATH --from FILE` takes it from there",
            self.path.display()
        ));
    }
}

/// Opens the user's editor and waits until it has ended.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line starts the user's own editor, on their terminal"
)]
fn open(path: &Path) -> Result<(), Failure> {
    let editor = editor();
    let mut words = editor.to_str().unwrap_or_default().split_whitespace().map(OsStr::new);
    let program = words.next().unwrap_or(OsStr::new("vi"));
    let ended = std::process::Command::new(program).args(words).arg(path).status();
    let failed = |text: String| {
        Failure::usage(text)
            .exits(Exit::Unfinished)
            .hint("set `VISUAL` or `EDITOR`, or give the text with `--from FILE`")
    };
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(failed(format!("`{}` ended with {status}; nothing was changed", program.to_string_lossy())))
        }
        Err(error) => {
            Err(failed(format!("`{}` cannot be started", program.to_string_lossy())).because(&error))
        }
    }
}
