#!/bin/sh
# Fills an empty database with the largest and ugliest schema that its server can make.
#
#   createdb ugly && ./build.sh postgresql://postgres@127.0.0.1:5432/ugly
#
# Needs psql, a superuser and, for its tables, pgbench. Most of it is SQL that nobody wrote for this
# test: every extension the server offers, and then the same extensions once more as loose objects,
# from the install scripts that lie in the server's own share folder; the server's own views and
# functions under other schema names. What does not fit this server is skipped and counted.
# A folder of further *.sql files can be given as second argument (PostgreSQL's src/test/regress/sql).
set -eu

url=${1:?usage: build.sh URL [FOLDER WITH SQL]}
more=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=error -c statement_timeout=120s"
PGCLIENTENCODING=UTF8
export PGOPTIONS PGCLIENTENCODING

strict() { psql -X -q -v ON_ERROR_STOP=1 -d "$url" "$@"; }
ask() { strict -A -t -c "$1"; }
# Errors are expected here: a loose copy of an extension collides with the extension itself.
tolerant() {
    psql -X -q -o /dev/null -d "$url" -f "$1" 2>"$work/errors" </dev/null || true
    refused=$((refused + $(grep -c 'ERROR:' "$work/errors" || true)))
    [ -z "${UGLY_VERBOSE:-}" ] || grep 'ERROR:' "$work/errors" >&2 || true
}
# The server reads its own files, so this also works from another machine.
share_file() { ask "select pg_read_file(setting || '/$1') from pg_config() where name = 'SHAREDIR'" >"$2" 2>/dev/null; }
refused=0

# Every extension that can be created.
installed=0
for extension in $(ask "select name from pg_available_extensions where installed_version is null order by name"); do
    if strict -c "create extension if not exists \"$extension\" cascade" 2>/dev/null; then
        installed=$((installed + 1))
    else
        echo "skipped extension $extension"
    fi
done

# The same scripts as loose objects: types, operators, operator classes, casts, aggregates.
ask "select name || ' ' || default_version from pg_available_extensions where name not in ('plpgsql', 'adminpack') order by 1" >"$work/extensions"
ask "select f from pg_config() c, pg_ls_dir(c.setting || '/extension') f where c.name = 'SHAREDIR' and f like '%--%.sql' order by 1" >"$work/scripts"
while read -r extension version; do
    # The script that installs a version from nothing, then the steps up to the default version.
    chain=$(ask "select e from (
            select string_to_array(u.path, '--') as path, u.source from pg_extension_update_paths('$extension') u
            where u.target = '$version' and u.path is not null) p,
            unnest(array['$extension--' || source || '.sql'] || array(
                select '$extension--' || path[i] || '--' || path[i + 1] || '.sql' from generate_series(1, cardinality(path) - 1) i)) with ordinality s(e, n)
        where source = (select regexp_replace(f, '^.*--(.*)\.sql$', '\1') from unnest(string_to_array('$(tr '\n' ' ' <"$work/scripts")', ' ')) f
            where f ~ '^$extension--[^-]*(-[^-]+)*\.sql$' and f !~ '^$extension--.*--.*\.sql$' order by 1 desc limit 1)
        order by n")
    [ -n "$chain" ] || chain="$extension--$version.sql"
    schema="loose_$extension"
    share_file "extension/$extension.control" "$work/control"
    library=$(sed -n "s/^module_pathname *= *'\(.*\)'.*/\1/p" "$work/control")
    # The extension's own types lie in public, and must not be taken for the loose ones.
    # Nor can a built-in type have a second default operator class.
    case $extension in btree_*) default='' ;; *) default='DEFAULT ' ;; esac
    needed=
    ! grep -q '^requires' "$work/control" || needed=', public'
    {
        echo "create schema if not exists \"$schema\";"
        echo "set search_path = \"$schema\"$needed;"
        for script in $chain; do
            share_file "extension/$script" "$work/one" || continue
            sed -e '/^\\echo/d' -e '/^ALTER EXTENSION/d' -e "s|MODULE_PATHNAME|$library|g" -e "s/DEFAULT FOR TYPE/${default}FOR TYPE/" \
                -e "s/@extschema@/\"$schema\"/g" -e 's/@extschema:[a-z_]*@/public/g' "$work/one"
        done
    } >"$work/loose.sql"
    tolerant "$work/loose.sql"
done <"$work/extensions"

# The server's own views and functions under another roof.
if share_file information_schema.sql "$work/one"; then
    sed -e 's/information_schema/information_copy/g' "$work/one" >"$work/information.sql"
    tolerant "$work/information.sql"
    strict -c "insert into information_copy.sql_features select * from information_schema.sql_features"
fi
for file in system_views system_functions; do
    if share_file "$file.sql" "$work/one"; then
        {
            echo "create schema copy_of_$file; set search_path = copy_of_$file, pg_catalog;"
            # Memberships of roles are none of our business.
            sed -e '/^GRANT pg_/d' "$work/one"
        } >"$work/copy.sql"
        tolerant "$work/copy.sql"
    fi
done

if command -v pgbench >/dev/null; then
    pgbench -i -q -s 2 --foreign-keys --partitions=7 "$url" >/dev/null 2>&1 || pgbench -i -q -s 1 "$url" 2>&1 | tail -1
else
    echo "skipped pgbench's tables: no pgbench here"
fi

if [ -n "$more" ]; then
    for file in "$more"/*.sql; do
        tolerant "$file"
    done
fi

tolerant "$here/extension-types.sql"
strict -o /dev/null -f "$here/bulk.sql"
strict -o /dev/null -f "$here/traps.sql"

echo "extensions installed: $installed"
echo "statements refused and left out: $refused"
echo "relations: $(ask "select count(*) from pg_class where relnamespace::regnamespace::text !~ '^pg_|^information_schema$'")"
echo "functions: $(ask "select count(*) from pg_proc where pronamespace::regnamespace::text not in ('pg_catalog', 'information_schema')")"
echo "size: $(ask "select pg_size_pretty(pg_database_size(current_database()))")"
