#!/usr/bin/env bash
# Kills under load, as often as is said, each time compared with what was acknowledged. Stops at the first failure.
#
#   rounds.sh [ROUNDS] [engine=sqlite|postgresql] [kill=server|database|briefly|backup]      default: 200 engine=sqlite kill=server
#
# kill=database: PostgreSQL is away until clients were told so; kill=briefly: it is back before, and nobody may notice; kill=backup: the server on
# PostgreSQL while it takes a backup, which is restored elsewhere after the next one and compared.
# What it needs is built once and copied, so that nothing that is built meanwhile in the tree disturbs it. A round takes some 2 s, and more
# as the mailbox fills. Exit code: 0 all good, 1 a round failed (its data and logs are named and stay), 2 wrong usage.
# UNIFIEDMSG_TEST_SEED repeats the moments of a run that failed.
set -euo pipefail

rounds=200 engine=sqlite kill=server
for word in "$@"; do
    case $word in
        engine=sqlite | engine=postgresql) engine=${word#*=} ;;
        kill=server | kill=database | kill=briefly | kill=backup) kill=${word#*=} ;;
        *[!0-9]* | 0 | "") sed -n '2,/^set/{/^#/s/^#\( \|$\)//p}' "$0" >&2; exit 2 ;;
        *) rounds=$word ;;
    esac
done
case $engine-$kill in
    sqlite-server) test=CrashTests.Kills_under_load_of_mail_and_calls_lose_nothing_that_was_acknowledged_and_double_nothing ;;
    postgresql-server) test=PostgreSqlCrashTests.Kills_of_the_server_on_PostgreSql_lose_nothing_that_was_acknowledged_and_double_nothing ;;
    postgresql-database) test=PostgreSqlCrashTests.Kills_of_PostgreSql_under_the_server_lose_nothing_that_was_acknowledged_and_double_nothing ;;
    postgresql-briefly) test=PostgreSqlCrashTests.Kills_of_PostgreSql_that_is_back_in_time_are_noticed_by_nobody ;;
    postgresql-backup) test=BackupCrashTests.Kills_of_the_server_while_it_takes_a_backup_leave_one_that_goes_on_and_lacks_nothing ;;
    sqlite-backup) echo "Backups of SQLite: the folder of the backup is cut in tests/Database.Tests and tests/Store.Tests. This one is for engine=postgresql" >&2; exit 2 ;;
    *) echo "SQLite is no server that could be killed: engine=postgresql kill=database" >&2; exit 2 ;;
esac

project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/unifiedmsg-rounds-XXXXXX")
mkdir "$work/program" "$work/data"
dotnet build "$project" -m:1 -nologo -v q >"$work/build.log" 2>&1 || { cat "$work/build.log"; echo "It does not build."; rm -rf "$work"; exit 1; }
cp -r "$(dotnet msbuild "$project" -getProperty:TargetDir)." "$work/program"

echo "$rounds rounds, engine=$engine kill=$kill, in $work"
started=$SECONDS
if UNIFIEDMSG_CRASH_ROUNDS=$rounds UNIFIEDMSG_CRASH_KEEP=1 TMPDIR=$work/data \
    dotnet "$work/program/UnifiedMsg.Server.Tests.dll" -method "UnifiedMsg.Server.Tests.Crash.$test" -showLiveOutput -noLogo -noColor 2>&1 \
    | sed -u 's/^ *UnifiedMsg\..* \[OUTPUT\] //' | tee "$work/rounds.log" && grep -q "^$rounds kills, " "$work/rounds.log"; then
    echo "$rounds rounds in $((SECONDS - started)) s: nothing lost, nothing doubled"
    rm -rf "$work"
else
    echo "FAILED after $((SECONDS - started)) s. The log is $work/rounds.log, the programs are in $work/program, the data in $work/data."
    exit 1
fi
