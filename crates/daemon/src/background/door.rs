//! The door to loopback TCP, where the configuration opens one or a browser is to be let in.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};

use syncmgr_control::{Tcp, Token};

use crate::failure::Failure;
use crate::surroundings::Surroundings;
use crate::system;

/// Where to listen besides the socket, and the token for it.
pub(super) fn open(surroundings: &Surroundings, listen: Option<SocketAddr>) -> Result<Option<Tcp>, Failure> {
    let Some(address) = listen else { return Ok(None) };
    Ok(Some(Tcp { address: address.ip(), port: address.port(), token: token(surroundings)? }))
}

/// A door for a browser where the configuration opens none: any port that is free.
pub(super) fn for_browser(surroundings: &Surroundings) -> Result<Tcp, Failure> {
    Ok(Tcp { address: Ipv4Addr::LOCALHOST.into(), port: 0, token: token(surroundings)? })
}

/// The token is made once and stays the same, so that programs which know it can come again.
fn token(surroundings: &Surroundings) -> Result<Token, Failure> {
    let cannot = |error: &dyn std::error::Error| {
        Failure::ours(format!("the token `{}` cannot be had", surroundings.token_file().display()))
            .because(error)
    };
    let text = match fs::read_to_string(surroundings.token_file()) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let token = Token::random().map_err(|error| cannot(&error))?;
            write(surroundings, token.as_text()).map_err(|error| cannot(&error))?;
            token.as_text().to_owned()
        }
        Err(error) => return Err(cannot(&error)),
    };
    Token::from_text(text.trim()).map_err(|error| cannot(&error))
}

fn write(surroundings: &Surroundings, token: &str) -> io::Result<()> {
    system::make_private_dir(&surroundings.run_dir())?;
    let mut options = OpenOptions::new();
    let mut file = system::private(options.create_new(true).write(true)).open(surroundings.token_file())?;
    writeln!(file, "{token}")?;
    file.sync_all()
}
