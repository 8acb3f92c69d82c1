#!/bin/sh
# Packs the wanted locales into one archive. LOCALES: names without encoding, or `all`.
set -eu
mkdir -p /locales /pack/usr/lib/locale
if [ -z "$LOCALES" ]; then exit 0; fi
apt-get update -qq
cd /tmp
apt-get download -qq locales-all
dpkg-deb -x locales-all_*.deb /all
cd /all/usr/lib/locale
if [ "$LOCALES" = all ]; then
    names=$(ls -d -- *.utf8)
else
    names=
    for name in $LOCALES; do
        [ -d "$name.utf8" ] || { echo "there is no locale $name.UTF-8" >&2; exit 1; }
        names="$names $name.utf8"
    done
fi
LC_ALL=C.UTF-8 localedef --prefix=/pack --add-to-archive $names >/dev/null
mv /pack/usr/lib/locale/locale-archive /locales/
