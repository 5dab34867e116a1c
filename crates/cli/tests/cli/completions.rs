//! `syncmgr completions`

use crate::home::Home;

#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = Home::new().run(&["completions", shell]).exit(0);
        assert!(ran.out.contains("conflicts") && ran.out.contains("dry-run"), "{shell}");
    }
}
