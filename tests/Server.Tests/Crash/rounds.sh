#!/usr/bin/env bash
# kill -9 under load, as often as is said (200), each time compared with what was acknowledged.
set -euo pipefail
cd "$(dirname "$0")/../../.."
export UNIFIEDMSG_CRASH_ROUNDS=${1:-200}
exec dotnet test tests/Server.Tests --filter "FullyQualifiedName~Kills_under_load" --logger "console;verbosity=detailed"
