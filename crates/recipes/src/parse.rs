//! From what is written (`file`) to what is meant (`recipe`), with every mistake found before anything runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use regex::Regex;
use syncmgr_handler::model::entry::LogLevel;

use crate::error::{Place, Place::Key, Place::Number, RecipeError, nearest};
use crate::file;
use crate::names;
use crate::recipe::{
    Cancel, Discovery, DiscoveryPlace, DryRun, EndRule, Environment, Items, LineRule, Matcher, Parameter,
    Progress, Recipe, Source, Step, Then, Tool,
};
use crate::template::{Argument, Condition, Template, is_name};

/// The one version of the format there is.
const FORMAT: u32 = 1;
/// How deep a search for folders goes unless it says otherwise, and at most.
const DEPTH: usize = 6;
const MAX_DEPTH: usize = 12;
/// A tool gets at most this long after it was asked to end.
const MAX_GRACE: u64 = 300;

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    ///
    /// The first mistake, with its line, its key and, where there is one, a hint.
    pub fn parse(source: &str) -> Result<Self, RecipeError> {
        let file: file::File =
            toml_edit::de::from_str(source).map_err(|error| RecipeError::of_toml(source, &error))?;
        let known = names::of(&file);
        let reader = Reader { source, known };
        reader.recipe(file)
    }
}

/// Reads parts of a recipe and knows which variables there can be.
struct Reader<'a> {
    source: &'a str,
    known: BTreeSet<String>,
}

type Read<T> = Result<T, RecipeError>;

impl Reader<'_> {
    fn recipe(&self, file: file::File) -> Read<Recipe> {
        if file.format != FORMAT {
            let error = self.error(&[Key("format")], format!("format {} is not known", file.format));
            return Err(error.hint(format!("this version reads `format = {FORMAT}`")));
        }
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.name.is_empty() || !file.name.chars().all(is_word) {
            return Err(
                self.error(&[Key("name")], "a name consists of lower case letters, digits and hyphens")
            );
        }
        let shared_lines = self.lines(&[], &file.line)?;
        let names: Vec<_> = file.step.iter().map(|step| step.name.clone()).collect();
        let steps =
            file.step.iter().enumerate().map(|(at, step)| self.step(at, step, &names, &file, &shared_lines));
        Ok(Recipe {
            tool: self.tool(&file.tool)?,
            parameters: self.parameters(&file.parameter)?,
            environment: self.environment(&file.environment)?,
            cancel: self.cancel(&file.cancel)?,
            lock: self.optional(&[Key("lock")], file.lock.as_ref())?,
            items: self.numbered("items", &file.items, Self::items)?,
            steps: steps.collect::<Read<_>>()?,
            discoveries: self.numbered("discover", &file.discover, Self::discovery)?,
            name: file.name,
            about: file.about,
        })
    }

    fn tool(&self, tool: &file::Tool) -> Read<Tool> {
        let pattern = self.regex(&[Key("tool"), Key("pattern")], &tool.pattern)?;
        if !pattern.capture_names().flatten().any(|name| name == "version") {
            return Err(self.error(&[Key("tool"), Key("pattern")], "there is no group `version` in it"));
        }
        Ok(Tool {
            program: tool.program.clone(),
            package: tool.package.clone(),
            version: tool.version.clone(),
            pattern,
            minimum: tool.minimum.clone(),
        })
    }

    fn parameters(&self, parameters: &[file::Parameter]) -> Read<Vec<Parameter>> {
        let mut names = BTreeSet::new();
        for (at, parameter) in parameters.iter().enumerate() {
            let place = [Key("parameter"), Number(at), Key("name")];
            if !is_name(&parameter.name) {
                return Err(
                    self.error(&place, "a name consists of lower case letters, digits and underscores")
                );
            }
            if !names.insert(&parameter.name) {
                return Err(self.error(&place, format!("there are two parameters `{}`", parameter.name)));
            }
        }
        Ok(parameters
            .iter()
            .map(|parameter| Parameter {
                name: parameter.name.clone(),
                help: parameter.help.clone(),
                kind: parameter.kind,
                required: parameter.required,
                default: parameter.default.clone(),
                choices: parameter.choices.clone(),
                place: parameter.place,
            })
            .collect())
    }

    fn environment(&self, environment: &file::Environment) -> Read<Environment> {
        let place = [Key("environment"), Key("set")];
        Ok(Environment {
            pass: environment.pass.clone(),
            set: self.assignments(&place, &environment.set)?,
            file: self.optional(&[Key("environment"), Key("file")], environment.file.as_ref())?,
            file_names: environment.file_names.clone(),
        })
    }

    fn cancel(&self, cancel: &file::Cancel) -> Read<Cancel> {
        if cancel.grace == 0 || cancel.grace > MAX_GRACE {
            let message = format!("the grace is 1 to {MAX_GRACE} seconds");
            return Err(self.error(&[Key("cancel"), Key("grace")], message));
        }
        Ok(Cancel { signal: cancel.signal, grace: Duration::from_secs(cancel.grace) })
    }

    fn items(&self, place: &[Place<'_>], items: &file::Items) -> Read<Items> {
        let at = |key| [place, &[Key(key)]].concat();
        let pattern = || {
            let pattern = self.needed(place, "pattern", items.pattern.as_ref())?;
            self.regex(&at("pattern"), pattern)
        };
        let template = |key, value: Option<&String>| {
            let value = self.needed(place, key, value)?;
            self.template(&at(key), value)
        };
        let source = match items.from {
            file::Source::One => Source::One,
            file::Source::List => Source::List { of: self.needed(place, "of", items.of.as_ref())?.clone() },
            file::Source::Folders => Source::Folders {
                below: template("below", items.below.as_ref())?,
                holding: self.needed(place, "holding", items.holding.as_ref())?.clone(),
                depth: items.depth.unwrap_or(DEPTH).min(MAX_DEPTH),
            },
            file::Source::Files => {
                Source::Files { below: template("below", items.below.as_ref())?, pattern: pattern()? }
            }
            file::Source::File => {
                Source::File { file: template("file", items.file.as_ref())?, pattern: pattern()? }
            }
            file::Source::Lines => {
                let run = self.needed(place, "run", items.run.as_ref())?;
                Source::Lines { run: self.arguments(&at("run"), run)?, pattern: pattern()? }
            }
        };
        Ok(Items {
            conditions: self.conditions(&at("if"), items.condition.as_ref())?,
            source,
            id: self.template(&at("id"), &items.id)?,
            name: self.template(&at("name"), &items.name)?,
            only: items.only.clone(),
            none: self.optional(&at("none"), items.none.as_ref())?,
        })
    }

    fn step(
        &self,
        number: usize,
        step: &file::Step,
        names: &[String],
        file: &file::File,
        shared_lines: &[LineRule],
    ) -> Read<Step> {
        let place = [Key("step"), Number(number)];
        let at = |key| [place.as_slice(), &[Key(key)]].concat();
        let later = Later { names, number };
        if names[..number].contains(&step.name) {
            return Err(self.error(&at("name"), format!("there are two steps `{}`", step.name)));
        }
        let mut lines = self.lines(&place, &step.line)?;
        lines.extend_from_slice(shared_lines);
        let mut ends = self.ends(&place, &step.end, later)?;
        // Those of all steps come last: what a step itself says about its end is more exact.
        ends.extend(self.ends(&[], &file.end, later)?);
        let run = step.run.as_ref().map(|run| self.arguments(&at("run"), run)).transpose()?;
        Ok(Step {
            name: step.name.clone(),
            text: self.optional(&at("text"), step.text.as_ref())?,
            conditions: self.conditions(&at("if"), step.condition.as_ref())?,
            dry_run: self.dry_run(&place, step)?,
            run,
            directory: self.optional(&at("directory"), step.directory.as_ref())?,
            lines,
            ends,
        })
    }

    fn dry_run(&self, place: &[Place<'_>], step: &file::Step) -> Read<DryRun> {
        let at = |key| [place, &[Key(key)]].concat();
        match (&step.in_dry_run, &step.instead) {
            (Some(_), Some(_)) => {
                Err(self.error(&at("instead"), "a step has `in_dry_run` or `instead`, not both"))
            }
            (Some(file::DryRun::Word(file::Same::Same)), None) => Ok(DryRun::Same),
            (Some(file::DryRun::Run(run)), None) => Ok(DryRun::Run(self.arguments(&at("in_dry_run"), run)?)),
            (None, Some(text)) => Ok(DryRun::Say(self.template(&at("instead"), text)?)),
            // A step that only decides changes nothing.
            (None, None) if step.run.is_none() => Ok(DryRun::Same),
            (None, None) => Ok(DryRun::Nothing),
        }
    }

    fn lines(&self, place: &[Place<'_>], lines: &[file::Line]) -> Read<Vec<LineRule>> {
        let rules = lines.iter().enumerate().map(|(number, line)| {
            let place = [place, &[Key("line"), Number(number)]].concat();
            self.line(&place, line)
        });
        rules.collect()
    }

    fn line(&self, place: &[Place<'_>], line: &file::Line) -> Read<LineRule> {
        let at = |key| [place, &[Key(key)]].concat();
        let pairs = |map: &BTreeMap<String, String>| {
            map.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let matcher = match (&line.pattern, &line.json) {
            (Some(pattern), None) => Matcher::Pattern(self.regex(&at("pattern"), pattern)?),
            (None, Some(members)) => Matcher::Json { members: pairs(members), fields: pairs(&line.fields) },
            _ => return Err(self.error(place, "a line has either a `pattern` or `json`")),
        };
        let problem = self.optional(&at("problem"), line.problem.as_ref())?;
        let entry = self.entry(place, line.level, line.text.as_ref())?;
        if problem.is_some() && entry.is_none() {
            return Err(self.error(&at("problem"), "a problem needs `level` and `text`: its reason"));
        }
        Ok(LineRule {
            matcher,
            stream: line.stream,
            keep: line.keep,
            set: self.assignments(&at("set"), &line.set)?,
            progress: line
                .progress
                .as_ref()
                .map(|progress| self.progress(&at("progress"), progress))
                .transpose()?,
            entry,
            problem,
        })
    }

    fn progress(&self, place: &[Place<'_>], progress: &file::Progress) -> Read<Progress> {
        let part =
            |key, value: &Option<String>| self.optional(&[place, &[Key(key)]].concat(), value.as_ref());
        Ok(Progress {
            value: part("value", &progress.value)?,
            max: part("max", &progress.max)?,
            bytes: part("bytes", &progress.bytes)?,
            bytes_max: part("bytes_max", &progress.bytes_max)?,
            text: part("text", &progress.text)?,
        })
    }

    fn ends(&self, place: &[Place<'_>], ends: &[file::End], later: Later<'_>) -> Read<Vec<EndRule>> {
        let rules = ends.iter().enumerate().map(|(number, end)| {
            let place = [place, &[Key("end"), Number(number)]].concat();
            self.end(&place, end, later)
        });
        rules.collect()
    }

    fn end(&self, place: &[Place<'_>], end: &file::End, later: Later<'_>) -> Read<EndRule> {
        let at = |key| [place, &[Key(key)]].concat();
        let then = later.then(&end.then).map_err(|message| self.error(&at("then"), message))?;
        let entry = self.entry(place, end.level, end.text.as_ref())?;
        if matches!(then, Then::Skipped | Then::Failed) && entry.is_none() {
            return Err(self.error(place, "an item that is left or fails needs `level` and `text`: why"));
        }
        Ok(EndRule {
            exit: end.exit.clone(),
            output: end.output.as_ref().map(|output| self.regex(&at("output"), output)).transpose()?,
            conditions: self.conditions(&at("if"), end.condition.as_ref())?,
            then,
            entry,
        })
    }

    fn entry(
        &self,
        place: &[Place<'_>],
        level: Option<file::Level>,
        text: Option<&String>,
    ) -> Read<Option<(LogLevel, Template)>> {
        let level = level.map(|level| match level {
            file::Level::Information => LogLevel::Information,
            file::Level::Warning => LogLevel::Warning,
            file::Level::Error => LogLevel::Error,
        });
        match (level, text) {
            (Some(level), Some(text)) => {
                Ok(Some((level, self.template(&[place, &[Key("text")]].concat(), text)?)))
            }
            (None, None) => Ok(None),
            _ => Err(self.error(place, "`level` and `text` go together")),
        }
    }

    fn discovery(&self, place: &[Place<'_>], discover: &file::Discover) -> Read<Discovery> {
        let at = |key| [place, &[Key(key)]].concat();
        let below = || self.template(&at("below"), self.needed(place, "below", discover.below.as_ref())?);
        let place_of = match (discover.files.is_empty(), &discover.matching, &discover.holding) {
            (false, None, None) => {
                let files = discover.files.iter().map(|file| self.template(&at("files"), file));
                DiscoveryPlace::Files(files.collect::<Read<_>>()?)
            }
            (true, Some(pattern), None) => {
                DiscoveryPlace::Matching { below: below()?, pattern: self.regex(&at("matching"), pattern)? }
            }
            (true, None, Some(holding)) => DiscoveryPlace::Holding {
                below: below()?,
                holding: holding.clone(),
                depth: discover.depth.unwrap_or(DEPTH).min(MAX_DEPTH),
            },
            _ => return Err(self.error(place, "say one of `files`, `matching` and `holding`")),
        };
        Ok(Discovery {
            place: place_of,
            pattern: discover.pattern.as_ref().map(|it| self.regex(&at("pattern"), it)).transpose()?,
            name: self.template(&at("name"), &discover.name)?,
            text: self.template(&at("text"), &discover.text)?,
            values: self.assignments(&at("values"), &discover.values)?,
        })
    }

    fn numbered<T, U>(
        &self,
        key: &str,
        all: &[T],
        read: fn(&Self, &[Place<'_>], &T) -> Read<U>,
    ) -> Read<Vec<U>> {
        all.iter().enumerate().map(|(number, one)| read(self, &[Key(key), Number(number)], one)).collect()
    }

    fn needed<'t, T>(&self, place: &[Place<'_>], key: &str, value: Option<&'t T>) -> Read<&'t T> {
        value.ok_or_else(|| self.error(place, format!("`{key}` is missing")))
    }

    fn assignments(
        &self,
        place: &[Place<'_>],
        map: &BTreeMap<String, String>,
    ) -> Read<Vec<(String, Template)>> {
        map.iter()
            .map(|(name, value)| Ok((name.clone(), self.template(&[place, &[Key(name)]].concat(), value)?)))
            .collect()
    }

    fn arguments(&self, place: &[Place<'_>], arguments: &[file::Argument]) -> Read<Vec<Argument>> {
        let read = arguments.iter().enumerate().map(|(number, argument)| {
            let place = [place, &[Number(number)]].concat();
            let all =
                |args: &[String]| args.iter().map(|arg| self.template(&place, arg)).collect::<Read<_>>();
            Ok(match argument {
                file::Argument::Plain(text) => Argument::One(self.template(&place, text)?),
                file::Argument::If(argument) => {
                    Argument::If(self.conditions(&place, Some(&argument.condition))?, all(&argument.args)?)
                }
                file::Argument::Each(argument) => {
                    self.is_known(&place, &argument.each)?;
                    Argument::Each(argument.each.clone(), all(&argument.args)?)
                }
            })
        });
        let read: Vec<_> = read.collect::<Read<_>>()?;
        if read.is_empty() { Err(self.error(place, "there is no program to run")) } else { Ok(read) }
    }

    fn conditions(&self, place: &[Place<'_>], conditions: Option<&file::Conditions>) -> Read<Vec<Condition>> {
        let all = match conditions {
            None => &[][..],
            Some(file::Conditions::One(one)) => std::slice::from_ref(one),
            Some(file::Conditions::All(all)) => all,
        };
        all.iter()
            .map(|source| {
                let condition = Condition::parse(source).map_err(|message| {
                    self.error(place, message).hint("write `name`, `!name`, `name=value` or `name!=value`")
                })?;
                self.is_known(place, condition.variable())?;
                Ok(condition)
            })
            .collect()
    }

    fn optional(&self, place: &[Place<'_>], source: Option<&String>) -> Read<Option<Template>> {
        source.map(|source| self.template(place, source)).transpose()
    }

    fn template(&self, place: &[Place<'_>], source: &str) -> Read<Template> {
        let template = Template::parse(source).map_err(|message| self.error(place, message))?;
        for name in template.variables() {
            self.is_known(place, name)?;
        }
        Ok(template)
    }

    fn is_known(&self, place: &[Place<'_>], name: &str) -> Read<()> {
        if self.known.contains(name) {
            return Ok(());
        }
        let error = self.error(place, format!("nothing sets `{name}`"));
        Err(match nearest(name, self.known.iter().map(String::as_str)) {
            Some(hint) => error.hint(hint),
            None => error,
        })
    }

    fn regex(&self, place: &[Place<'_>], pattern: &str) -> Read<Regex> {
        Regex::new(pattern).map_err(|error| self.error(place, format!("no regular expression: {error}")))
    }

    fn error(&self, place: &[Place<'_>], message: impl Into<String>) -> RecipeError {
        RecipeError::of_meaning(self.source, place, message)
    }
}

/// The steps that an end may lead to.
#[derive(Clone, Copy)]
struct Later<'a> {
    names: &'a [String],
    number: usize,
}

impl Later<'_> {
    fn then(self, word: &str) -> Result<Then, String> {
        match word {
            "next" => Ok(Then::Next),
            "done" => Ok(Then::Done),
            "skipped" => Ok(Then::Skipped),
            "failed" => Ok(Then::Failed),
            name => match self.names.iter().position(|known| known == name) {
                Some(number) if number > self.number => Ok(Then::Step(number)),
                Some(_) => Err(format!("step `{name}` is not a later one; a run never goes back")),
                None => {
                    Err(format!("`{name}` is neither next, done, skipped, failed nor the name of a step"))
                }
            },
        }
    }
}
