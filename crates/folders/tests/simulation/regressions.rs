//! Scripts that once showed a broken promise, made small; and what was wrong.

pub(crate) const SCRIPTS: [(&str, &str); 25] = [
    (
        "the directories in the trash were not on the disk before files went into them",
        "pair one-way-replica hold full 0 1 0
         volume
         volume
         volume
         write right c/A/d 11 40
         sync power-cut 63 13388605875880922311",
    ),
    (
        "an old version that the trash held by a second name could lose both of its names",
        "pair two-way-safe hold batch 0 1 0
         volume
         volume
         volume
         write left b 5 12
         settle
         write right b 9 12
         sync undisturbed
         sync power-cut 14 15518358465968967085",
    ),
    (
        "a marker that the baseline names could be lost",
        "pair two-way-safe both batch 0 1 0
         volume
         volume
         volume
         sync undisturbed
         sync power-cut 13 8999803627975820572
         settle",
    ),
    (
        "a marker that the baseline names could be lost, also with a journal",
        "pair two-way-safe hold full 0 1 0
         volume journal
         volume
         volume
         settle
         special left x.ign/y.tmp
         write left a 7 40
         sync power-cut 3 3734652366376460450
         sync undisturbed",
    ),
    (
        "a directory that a link replaced could not be flushed, and the run failed",
        "pair one-way-replica both batch 0 1 0
         volume
         volume
         volume
         symlink right d/A/d d/c/x.ign
         symlink left d x.ign
         settle",
    ),
    (
        "directories that could not be made gave their times to those that had their names",
        "pair two-way-safe hold batch 0 0 0
         volume ignores-case
         volume
         volume
         mkdir left B
         write right b/A 9 12
         settle",
    ),
    (
        "an undo that was killed left a deletion that spread",
        "pair two-way-safe hold batch 0 1 0
         volume
         volume
         volume
         write left B/c 7 12
         mkdir left d
         sync undisturbed
         undo kill 10
         settle",
    ),
    (
        "an undo that was killed left a deletion that spread, with an earlier undo",
        "pair two-way-safe hold batch 0 1 0
         volume
         volume
         volume
         write left d/c 3 12
         sync undisturbed
         undo undisturbed
         meanwhile 28 write left x.ign 7 12
         sync undisturbed
         symlink left a/d b
         write right d/A 8 40
         write right a/B 9 12
         sync undisturbed
         undo kill 17
         settle",
    ),
    (
        "the baseline took over what a killed run had recorded and not flushed",
        "pair two-way-safe both batch 0 1 2
         volume
         volume journal
         volume
         write right A 1 900
         write right a/b 2 40
         sync kill 31
         remove left A
         sync power-cut 44 6253080674690853498
         sync undisturbed",
    ),
    (
        "the baseline took over what a killed run had neither recorded nor flushed",
        "pair two-way-safe hold batch 0 0 1
         volume
         volume
         volume
         sync power-cut 9 4227854656544852311
         sync undisturbed
         write left y.tmp 12 40
         sync kill 11
         sync power-cut 49 7372242751425845578
         settle",
    ),
    (
        "what the user did to a file right after it was put in place was taken for agreed",
        "pair two-way-safe hold none 0 1 0
         volume
         volume short-writes
         volume
         write left c/x.ign/B 1 40
         settle
         write right b 5 12
         symlink right x.ign/c B
         write left y.tmp 7 40
         replace left d/A 10 40
         write right A 11 12
         sync undisturbed
         write left B 14 900
         replace left A 16 12
         replace right d/d/B 17 900
         special left d/d
         ignore *.tmp
         meanwhile 158 touch right A 1000000036
         sync undisturbed
         settle",
    ),
    (
        "an edit right before attributes were set was never noticed",
        "pair two-way-safe hold batch 0 1 0
         volume
         volume
         volume
         write left a 1 12
         settle
         write left A/a/x.ign 5 12
         meanwhile 62 chmod right a 600
         sync undisturbed
         meanwhile 70 keep-time left a 7 12
         sync undisturbed
         settle",
    ),
    (
        "ignored content seemed changed when a power cut took back an earlier run's attributes",
        "pair one-way-safe hold full 0 1 0
         volume
         volume
         volume
         replace left y.tmp 4 12
         settle
         across right y.tmp
         settle
         ignore *.tmp
         sync power-cut 6 11655188213638354103",
    ),
    (
        "an undo put back what a conflict had moved aside, and the baseline vouched for it as for what was agreed on",
        "pair two-way-safe both batch 0 1 0
         volume
         volume ticks
         volume
         write left b 2 12
         settle
         replace left b 14 40
         replace right b 16 12
         meanwhile 21 symlink right x.ign/c b/c
         meanwhile 42 remove left A
         sync undisturbed
         undo undisturbed
         settle",
    ),
    (
        "what a failed copy left in a folder that was built whole was seen as a file of the user",
        "pair two-way-safe right batch 0 1 0
         volume
         volume
         volume
         write right x.ign/B 1 12
         replace left A/b/a 2 12
         replace left d 3 900
         write left B 5 40
         write left b/y.tmp/x.ign 6 12
         sync fail 116 4 eacces",
    ),
    (
        "a new folder that nobody may open could not be flushed once it had its permission bits",
        "pair two-way-safe right batch 0 1 0
         volume guarded
         volume
         volume
         replace right A/d/a 1 900
         chmod right A 0
         settle",
    ),
    (
        "an undo put back attributes that one side alone had, and the baseline took them for agreed on",
        "pair one-way-replica both batch 0 1 0
         volume
         volume
         volume
         write left B 3 12
         settle
         chmod right B 755
         sync undisturbed
         undo undisturbed
         settle",
    ),
    (
        "of two files of a new folder whose names differ in case alone, the second took the first one's copy with it",
        "pair two-way-safe hold full 0 1 0
         volume
         volume ignores-case
         volume
         write left A/b 1 40
         write left A/B 3 900
         sync undisturbed
         sync undisturbed",
    ),
    (
        "a file that could not be copied into a folder built whole was removed, and came back in a power cut by half",
        "pair two-way-safe left full 0 1 0
         volume
         volume
         volume
         write right d/A 2 12
         write right a 3 900
         settle
         write right x.ign 6 12
         write left y.tmp/c 7 900
         write right d/B/A 8 900
         sync fail-every 46 eio
         sync power-cut 12 304035668372604674",
    ),
    (
        "an undo moved a file from the trash into a folder that it had made and that was not on the disk yet",
        "pair one-way-replica newer batch 0 1 2
         volume journal
         volume
         volume
         settle
         write left c/c 3 900
         replace left d 4 12
         write right b/a 5 12
         mkdir left a
         write left A 7 12
         sync undisturbed
         undo power-cut 27 8902663587671906087",
    ),
    (
        "an undo took an edit within one tick of the clock for what the run had put there",
        "pair two-way-safe hold full 0 1 0
         volume
         volume even-seconds
         volume
         write left a 5 12
         sync undisturbed
         write right a 8 12
         undo undisturbed",
    ),
    (
        "an old version that its user took away while it was replaced went from the trash, too",
        "pair two-way-safe hold batch 0 1 0
         volume ignores-case no-exchange
         volume
         volume
         write right c/y.tmp 1 900
         replace right A 2 40
         write right B 5 12
         replace right d 6 12
         write left y.tmp/B 7 40
         settle
         write right A 11 900
         sync power-cut 6 4315019832378543203
         meanwhile 107 remove left a
         sync undisturbed",
    ),
    (
        "a folder that its owner may not enter was left in the staging folder for good",
        "pair two-way-safe newer batch 0 1 0
         volume guarded journal
         volume
         volume
         write right B/b 3 12
         chmod right B 600
         write left b/b/x.ign 4 12
         write left y.tmp/y.tmp/x.ign 6 12
         sync power-cut 56 12938057451128065703
         settle",
    ),
    (
        "what a run that was killed had put there was agreed on by its attributes alone, and not flushed",
        "pair two-way-safe hold full 0 1 1
         volume fixed-modes journal
         volume
         volume
         replace right b 1 40
         settle
         replace right A 2 40
         sync kill 10
         sync power-cut 22 6724521263321242373
         settle",
    ),
    (
        "a file that we made and its user moved on at once was agreed on at its new place without being flushed there",
        "pair two-way-safe hold full 0 1 0
         volume
         volume
         volume
         write right b 1 40
         sync undisturbed
         write left d 4 900
         replace right y.tmp/x.ign 5 900
         write left x.ign 6 900
         meanwhile 120 rename left y.tmp A
         sync undisturbed
         settle
         sync power-cut 18 3625168440291627080
         sync undisturbed",
    ),
];
