//! The way from a face to the manager: the daemon where one runs, else the same composition in this process.

use syncmgr_control::{Client, ClientError, ConnectError};
use syncmgr_wire::control::{Event, Request};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::manager::{Controls, Face, Manager};
use crate::surroundings::Surroundings;

/// The manager, wherever it is.
pub enum Link {
    /// In this process.
    Here(Box<Manager>),
    /// In the daemon.
    There {
        /// The connection to it.
        client: Box<Client>,
        /// The way to its session that the next request runs.
        controls: Controls,
    },
}

impl Link {
    /// Finds the daemon that keeps this state; without one, the manager is made here.
    pub fn find(surroundings: &Surroundings) -> Result<Self, Failure> {
        let socket = surroundings.socket();
        let here = || Ok(Self::Here(Box::new(Manager::new(surroundings.clone()))));
        let mut client = match Client::connect(&socket) {
            Ok(client) => client,
            Err(ConnectError::NotRunning { .. }) => return here(),
            // Where no folder can be, no daemon can be; what is wrong with the place, the manager tells better.
            Err(ConnectError::Failed { source, .. })
                if source.kind() == std::io::ErrorKind::NotADirectory =>
            {
                return here();
            }
            Err(error) => {
                return Err(Failure::ours("the daemon cannot be reached")
                    .because(&error)
                    .hint("`syncmgr daemon status` looks at it, `syncmgr daemon stop` ends it"));
            }
        };
        let config = surroundings.config_file.to_string_lossy();
        match client.health() {
            Ok(health) if health.config == config => {
                Ok(Self::There { client: Box::new(client), controls: Controls::there(socket) })
            }
            // It knows other items: this command means those of its own file.
            Ok(_) => here(),
            Err(error) => Err(unanswered(&error)),
        }
    }

    /// Whether a daemon answers.
    pub fn is_daemon(&self) -> bool {
        matches!(self, Self::There { .. })
    }

    /// Answers a request, and has `face` hear of everything that it brings about.
    pub fn ask(&mut self, request: Request, face: &mut dyn Face) -> Result<Exit, Failure> {
        let (client, controls) = match self {
            Self::Here(manager) => return manager.ask(request, face),
            Self::There { client, controls } => (client, controls),
        };
        let answer = client.ask(&request, &mut |event| {
            face.hear(&event);
            if let Event::Begun(_) = event {
                controls.begun_there();
            }
            face.breathe();
        });
        controls.over_there();
        let answer = answer.map_err(|error| unanswered(&error))?;
        let exit = Exit::from_code(answer.exit);
        match answer.failure {
            None => Ok(exit),
            Some(failure) => {
                Err(Failure { exit, headline: failure.headline, causes: failure.causes, hint: failure.hint })
            }
        }
    }

    /// The way to control the session that the next request runs.
    pub fn controls(&self) -> Controls {
        match self {
            Self::Here(manager) => manager.controls(),
            Self::There { controls, .. } => controls.clone(),
        }
    }
}

fn unanswered(error: &ClientError) -> Failure {
    match error {
        ClientError::Version { message, hint } => Failure::ours(message.clone()).hint(hint.clone()),
        ClientError::Refused { failure, .. } => {
            let mut refused = Failure::ours(failure.headline.clone());
            refused.causes.clone_from(&failure.causes);
            refused.hint.clone_from(&failure.hint);
            refused
        }
        error => Failure::ours("the daemon does not answer")
            .because(error)
            .hint("`syncmgr daemon status` looks for it; without one, every command works by itself"),
    }
}
