//! Recipes on the command line: added, run, found, removed. What each does with its tool is tested where it is written.

use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::home::Home;

fn git(home: &Home, folder: &str, arguments: &[&str]) {
    let mut command: Command = home.program("git");
    command.args([
        "-c",
        "user.name=Ann",
        "-c",
        "user.email=ann@example.org",
        "-c",
        "init.defaultBranch=main",
    ]);
    command.env("GIT_CONFIG_NOSYSTEM", "1").current_dir(home.work(folder)).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A home with a repository below `../home/src` that is one commit ahead of its remote.
fn with_repository() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.work("../home/src")).unwrap();
    git(&home, "", &["init", "-q", "--bare", "remote.git"]);
    git(&home, "../home/src", &["clone", "-q", "../../work/remote.git", "proj"]);
    let proj = "../home/src/proj";
    home.write("../home/src/proj/a", "1");
    git(&home, proj, &["add", "a"]);
    git(&home, proj, &["commit", "-qm", "one"]);
    git(&home, proj, &["push", "-q", "-u", "origin", "HEAD"]);
    home.write("../home/src/proj/a", "2");
    git(&home, proj, &["commit", "-qam", "two"]);
    home
}

#[test]
fn a_recipe_is_added_by_its_parameters_and_runs() {
    let home = with_repository();
    assert_snapshot!(home.run(&["add", "git", "../home/src", "--name", "code"]).shown(), @r"
    exit 0
    out| added code: recipe `git`
    err| hint: `syncmgr items` lists what it has, `syncmgr sync code` runs it
    ");
    let config = std::fs::read_to_string(home.config_file()).unwrap();
    assert!(config.contains("[[recipe]]\nuse = \"git\"\nname = \"code\"\n"), "{config}");
    assert_snapshot!(home.run(&["items"]).shown(), @r"
    exit 0
    out| [x]  code/proj
    ");
    let ran = home.run(&["sync", "code/proj", "--json"]).exit(0);
    assert_eq!(ran.of_type("summary")[0]["items"][0]["status"], "succeeded");
    let log = home.program("git").args(["-C", "remote.git", "log", "--format=%s", "main"]).output().unwrap();
    assert_eq!(String::from_utf8(log.stdout).unwrap(), "two\none\n", "it was pushed");

    let ran = home.run(&["add", "git", "../home/src", "--name", "code"]).exit(2);
    assert!(ran.err.contains("the name `code` is taken"), "{}", ran.err);
    assert_snapshot!(home.run(&["remove", "code"]).shown(), @r"
    exit 0
    out| removed `code`; what it kept in step stays as it is
    ");
    assert_eq!(home.run(&["items", "--json"]).exit(0).out, "");
    assert!(home.work("../home/src/proj/a").exists());
}

#[test]
fn discovering_finds_and_changes_nothing() {
    let home = with_repository();
    let before = tree(&home);
    let ran = home.run(&["discover", "--json"]).exit(0);
    assert_eq!(tree(&home), before, "nothing but a look was taken");
    let found = &ran.of_type("found")[0];
    assert_eq!(found["recipe"], "git");
    let command = found["command"].as_str().unwrap();
    assert!(command.starts_with("syncmgr add git [base]/home/src"), "{command}");

    assert_snapshot!(home.run(&["discover"]).shown(), @r"
    exit 0
    out|  1  git  git repositories in `[base]/home/src`
    out|     [base]/home/src/proj
    out|     syncmgr add git [base]/home/src --name git-src
    err| hint: run one of the commands, or `syncmgr discover --add NUMBER`
    ");
    let _ = home.run(&["discover", "--add", "7"]).exit(2);
    assert!(!home.config_file().exists());
    let _ = home.run(&["discover", "--add", "1"]).exit(0);
    let ran = home.run(&["discover", "--json"]).exit(0);
    assert!(ran.of_type("found")[0]["added"].is_string(), "{}", ran.out);
    let _ = home.run(&["sync"]).exit(0);
}

/// All paths in the home, but for our own state: a question may open the store.
fn tree(home: &Home) -> Vec<String> {
    let output = home.program("find").args(["..", "-not", "-path", "../state/*"]).output().unwrap();
    let mut paths: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    paths.sort();
    paths
}

#[test]
fn each_recipe_says_what_it_takes() {
    let home = Home::new();
    let ran = home.run(&["add", "--help"]).exit(0);
    assert!(ran.out.contains("folder") && ran.out.contains("git"), "{}", ran.out);
    let ran = home.run(&["add", "git", "--help"]).exit(0);
    assert!(ran.out.contains("<FOLDER>") && ran.out.contains("--name"), "{}", ran.out);
    let ran = home.run(&["add", "gitt", "x"]).exit(2);
    assert!(ran.err.contains("'git'"), "{}", ran.err);
}

#[test]
fn a_parameter_that_is_called_like_a_flag_of_every_command_has_one_of_its_own() {
    let home = Home::new();
    home.write("mbsyncrc", "");
    let own = home.work("own.toml");
    let own = own.to_str().unwrap();
    let _ = home.run(&["add", "mbsync", "--mbsync-config", "mbsyncrc", "--config", own]).exit(0);
    let config = home.read("own.toml");
    let full = home.work("mbsyncrc");
    assert!(config.contains(&format!("config = \"{}\"", full.display())), "{config}");
    assert!(!home.config_file().exists());
}

#[test]
fn what_is_a_path_from_here_is_written_in_full_and_other_places_as_they_are() {
    let home = Home::with_folders(&[], &[]);
    let _ = home.run(&["add", "rsync", "left/", "nas:backup", "--delete", "yes"]).exit(0);
    let paths =
        ["add", "restic", "left", "right", "--name", "b", "--password_file", "left", "--exclude", "*.tmp"];
    let _ = home.run(&paths).exit(0);
    let base = home.work("").display().to_string();
    let config = std::fs::read_to_string(home.config_file()).unwrap().replace(&base, "[work]/");
    assert_snapshot!(config, @r#"
    [[recipe]]
    use = "rsync"
    name = "rsync"
    delete = "yes"
    from = "[work]/left/"
    to = "nas:backup"

    [[recipe]]
    use = "restic"
    name = "b"
    exclude = "*.tmp"
    password_file = "[work]/left"
    paths = "[work]/left,[work]/right"
    "#);
}

#[test]
fn a_wrong_recipe_in_the_file_fails_itself_and_nothing_else() {
    let home = Home::with_folders(&[("a", "1")], &[]);
    let _ = home.run(&["add", "folder", "left", "right", "--name", "photos"]).exit(0);
    let text = std::fs::read_to_string(home.config_file()).unwrap();
    home.configure(&format!("{text}\n[[recipe]]\nuse = \"gti\"\nname = \"code\"\nfolder = \"/x\"\n"));
    let ran = home.run(&["sync"]).exit(1);
    assert_eq!(home.read("right/a"), "1");
    assert!(ran.out.contains("no recipe is called `gti`"), "{}", ran.out);
    let doctor = home.run(&["doctor"]).exit(1);
    assert!(doctor.out.contains("no recipe is called `gti`"), "{}", doctor.out);
}

#[test]
fn a_recipe_of_the_users_own_is_a_file_and_one_that_is_wrong_says_where() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let home = Home::new();
    home.configure("");
    let file = home.config_file().with_file_name("hello.toml");
    std::fs::write(&file, example).unwrap();
    home.configure(&format!("[[recipe]]\nuse = \"{}\"\npeople = [\"ann\", \"bob\"]\n", file.display()));
    let ran = home.run(&["sync"]).exit(0);
    assert!(ran.out.contains("hello/ann") && ran.out.contains("hello/bob"), "{}", ran.out);

    std::fs::write(&file, example.replace("run = [", "runs = [")).unwrap();
    let ran = home.run(&["doctor"]).exit(1);
    assert!(ran.out.contains("hello.toml`: ") && ran.out.contains("line 2"), "{}", ran.out);
    std::fs::remove_file(&file).unwrap();
    let ran = home.run(&["doctor"]).exit(1);
    assert!(ran.out.contains("cannot be read"), "{}", ran.out);
}
