//! Who is told what happens: hooks and the desktop, as they are configured.

use syncmgr_wire::control::{Event, HookRequest};
use syncmgr_wire::line;

use super::item_settings::as_typed;
use super::{Face, Manager};
use crate::config::{Config, HookConfig};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::telling;

impl Manager {
    pub(super) fn list_hooks(&mut self, face: &mut dyn Face) -> Result<Exit, Failure> {
        let config = self.config()?;
        face.hear(&Event::Hook(desktop(config.desktop)));
        for hook in &config.hooks {
            face.hear(&Event::Hook(hook.to_line()));
        }
        Ok(Exit::InStep)
    }

    pub(super) fn add_hook(&mut self, request: &HookRequest, face: &mut dyn Face) -> Result<Exit, Failure> {
        for item in &request.items {
            self.find_any(item)?;
        }
        let (home, directory) = (self.surroundings.home.clone(), self.surroundings.state_dir.clone());
        let config = self.config()?;
        if let Some(name) = &request.name
            && config.hooks.iter().any(|hook| hook.shown_name() == *name)
        {
            return Err(Failure::usage(format!("the name `{name}` is taken by a hook"))
                .hint("give another one with `--name`"));
        }
        let text = config.with_hook(request)?;
        let read = Config::parse(&config.path, text.clone(), home.as_deref()).map_err(as_typed)?;
        // What the configuration lets pass, such as an address that is none, the hooks themselves may refuse.
        telling::check(&read.hooks, &directory)?;
        config.replace(&text)?;
        if let Some(hook) = read.hooks.last() {
            face.hear(&Event::Hook(hook.to_line()));
        }
        self.config = None;
        Ok(Exit::InStep)
    }

    pub(super) fn remove_hook(&mut self, name: &str, face: &mut dyn Face) -> Result<Exit, Failure> {
        let config = self.config()?;
        let named: Vec<usize> =
            (0..config.hooks.len()).filter(|at| is_named(&config.hooks[*at], name)).collect();
        let at = match named[..] {
            [at] => at,
            [] => {
                return Err(
                    Failure::usage(format!("no hook is called `{name}`")).hint("`syncmgr hooks` lists them")
                );
            }
            _ => {
                return Err(Failure::usage(format!("several hooks are called `{name}`"))
                    .hint(format!("give each a `name` in `{}`", config.path.display())));
            }
        };
        config.replace(&config.without_hook(at)?)?;
        self.config = None;
        let text = format!("`{name}` is told nothing any more");
        face.hear(&Event::Done(line::Done { text, item: None }));
        Ok(Exit::InStep)
    }

    pub(super) fn set_desktop(&mut self, enabled: bool, face: &mut dyn Face) -> Result<Exit, Failure> {
        let config = self.config()?;
        if config.desktop != enabled {
            config.replace(&config.with_desktop(enabled)?)?;
            self.config = None;
        }
        face.hear(&Event::Hook(desktop(enabled)));
        Ok(Exit::InStep)
    }
}

/// As listed, or as written where that was not listed.
fn is_named(hook: &HookConfig, name: &str) -> bool {
    hook.shown_name() == name || hook.name == name
}

fn desktop(enabled: bool) -> line::Hook {
    line::Hook {
        name: "desktop".to_owned(),
        kind: "desktop".to_owned(),
        calls: String::new(),
        on: telling::SHOWN.iter().map(ToString::to_string).collect(),
        items: Vec::new(),
        may_refuse: false,
        enabled,
    }
}
