#!/bin/sh
# Creates or updates the tables of the Temporal server. Done again, it changes nothing that is up to date.
set -eu
: "${SQL_HOST:?}" "${SQL_PORT:?}" "${SQL_USER:?}" "${SQL_PASSWORD:?}" "${SQL_PLUGIN:?}"

for database in temporal temporal_visibility; do
  folder=$([ "$database" = temporal ] && echo temporal || echo visibility)
  temporal-sql-tool --database "$database" create
  # A database that has a schema already refuses this one step; what is wrong otherwise fails at the next.
  temporal-sql-tool --database "$database" setup-schema -v 0.0 || true
  temporal-sql-tool --database "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$folder/versioned"
done
