//! The rulings of a session, one claim a test; the last module lets everything happen at random.

mod cancel;
mod choice;
mod dialogs_and_connections;
mod loading;
mod random;
mod reasons;
mod reopen;
mod results;
mod rig;
mod run;
