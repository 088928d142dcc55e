#!/bin/sh
# Furnish a MinIO site: three buckets with object lock, three users, each with its own policy. Safe to repeat.
# usage: WRITE_SECRET=… DESTROY_SECRET=… VERIFY_SECRET=… site.sh ALIAS [PREFIX]
# ALIAS is an alias of `mc` for the site's root user; PREFIX is the last part of ANJUAN_STORE_URL.
set -eu
alias=$1
prefix=${2:-anjuan}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

for bucket in records renditions evidence; do
    mc mb --ignore-existing --with-lock "$alias/$prefix-$bucket"
done

furnish() {
    document=$(mktemp)
    sed "s/:::anjuan-/:::$prefix-/g" "$here/$1.json" >"$document"
    mc admin policy create "$alias" "$prefix-$1" "$document"
    rm "$document"
    mc admin user add "$alias" "$prefix-$1" "$2"
    mc admin user info "$alias" "$prefix-$1" | grep -q "PolicyName: $prefix-$1" \
        || mc admin policy attach "$alias" "$prefix-$1" --user "$prefix-$1"
}
furnish write "$WRITE_SECRET"
furnish destroy "$DESTROY_SECRET"
furnish verify "$VERIFY_SECRET"
