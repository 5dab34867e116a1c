#!/bin/sh
# HANDLER_NAME: a handler for the synchronization manager syncmgr, in POSIX shell.
#
# The manager starts this program and speaks with it over standard input and output, one JSON object a line. Change
# `list_items` and `sync_item`, which are yours; what follows them is the protocol and can stay as it is.
#
#     syncmgr handlers check ./syncmgr-handler-HANDLER_NAME
#     syncmgr handlers register HANDLER_NAME -- ./syncmgr-handler-HANDLER_NAME
#     syncmgr handlers trust HANDLER_NAME
#     syncmgr sync HANDLER_NAME

# The protocol gets descriptor 4; what is printed, here and by the programs you call, goes to the handler's log.
exec 4>&1 1>&2

# ---------------------------------------------------------------------------------------------------------------- yours

# What can be synchronized: ids that never change, without blanks, quotes and backslashes.
list_items() {
    echo inbox archive
}

# Synchronizes the item $1. Call `progress` before each unit of work and leave when it says so. Leaving with `return 1`
# makes the item failed; set `why` before. Programs you call get `</dev/null`, or they would read the manager's lines.
sync_item() {
    n=0
    for message in one two three four five; do
        progress "$1" "$n" 5 "message $message" || return 0
        # One unit of work. The working directory is private to this handler and kept. Written beside its place and then
        # renamed, so that a run that is killed leaves whole files only.
        echo "$message" >"$1-$message.new" </dev/null || { why="cannot write $1-$message"; return 1; }
        mv "$1-$message.new" "$1-$message" </dev/null || { why="cannot write $1-$message"; return 1; }
        n=$((n + 1))
    done
}

# ---------------------------------------------------------------------------------------------------------- the protocol

# Only `printf` writes messages: `echo` treats backslashes in its own way.
send() {
    printf '{"jsonrpc":"2.0",%s}\n' "$1" >&4
}

# Shows how far the item $1 is ($2 of $3, text $4) and asks whether to go on. While the user has paused no answer comes, so
# this waits. Succeeds if work may go on; otherwise `outcome` says how the item ended. Texts hold no quotes and backslashes.
calls=0
progress() {
    calls=$((calls + 1))
    send '"id":"p'$calls'","method":"progress","params":{"item":"'"$1"'","text":"'"$4"'","done":{"items":'$2'},"total":{"items":'$3'}}'
    while IFS= read -r answer; do
        case $answer in
            '{"jsonrpc":"2.0","id":"p'$calls'","result":{"v":"go"'*) return 0 ;;
            '{"jsonrpc":"2.0","id":"p'$calls'","result":{"v":"skip"'*) outcome=skipped; return 1 ;;
            '{"jsonrpc":"2.0","id":"p'$calls'","result":{"v":"yield"'*) outcome=deferred; return 1 ;;
            '{"jsonrpc":"2.0","id":"p'$calls'",'*) outcome=stopped; return 1 ;;
        esac
        # Whatever else comes here is news that the next answer tells again.
    done
    exit 0
}

# Synchronizes the items that the line $1 names. The manager's lines have no blanks and their members in a fixed order, so
# that patterns are enough to read them.
sync_all() {
    results=
    for item in $(list_items); do
        case $1 in *'{"id":"'"$item"'"'*) ;; *) continue ;; esac
        outcome=succeeded why=
        sync_item "$item" || outcome=failed
        result='{"id":"'"$item"'","outcome":"'$outcome'"'${why:+',"text":"'"$why"'"'}'}'
        results=$results${results:+,}$result
        [ $outcome = stopped ] && break
    done
    reply '"result":{"items":['"$results"']}'
}

# The items as the protocol has them.
enumerate() {
    listed=
    for item in $(list_items); do
        listed=$listed${listed:+,}'{"id":"'"$item"'"}'
    done
    reply '"result":{"items":['"$listed"']}'
}

# Answers the request whose number is in `id`.
reply() {
    send '"id":'"$id"','"$1"
}

while IFS= read -r line; do
    case $line in '{"jsonrpc":"2.0","id":'[0-9]*) ;; *'"method":"exit"'*) exit 0 ;; *) continue ;; esac
    id=${line#'{"jsonrpc":"2.0","id":'}
    id=${id%%,*}
    case $line in
        *'"method":"initialize"'*'"protocol":{"min":1,'*)
            reply '"result":{"protocol":1,"name":"HANDLER_NAME","version":"1","caps":["skip","pause"]}' ;;
        *'"method":"initialize"'*)
            reply '"error":{"code":-32002,"message":"speaks version 1 only","data":{"min":1,"max":1}}' ;;
        *'"method":"enumerate"'*) enumerate ;;
        *'"method":"sync"'*) sync_all "$line" ;;
        *'"method":"prepare"'* | *'"method":"shutdown"'*) reply '"result":{}' ;;
        *) reply '"error":{"code":-32601,"message":"not offered"}' ;;
    esac
done
