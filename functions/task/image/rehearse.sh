#!/bin/sh
# Backs up and proves a tiny database with every major that is installed, as the user of the image, and records it: Java
# then starts with the classes and profiles of a real run. An image that cannot do this is not built.
#
# The store is a small S3 in another process, over TLS, with credentials from an endpoint as ECS has one, because that
# is where a task spends its first second.
set -eu
cd /tmp
password=rehearsal
/jdk/bin/keytool -genkeypair -alias s3 -keyalg EC -dname CN=localhost -ext san=dns:localhost,ip:127.0.0.1 \
    -keystore /tmp/s3.p12 -storepass "$password" >/dev/null 2>&1
/jdk/bin/java -XX:+UseSerialGC -cp "/rehearsal/*:/opt/pgvigil/app/*" io.pgvigil.testkit.FakeS3 /tmp/s3.p12 "$password" \
    > /tmp/s3.url &
s3=$!
trap 'kill $s3 2>/dev/null' EXIT
waited=0
until [ -s /tmp/s3.url ]; do
    [ $waited -lt 60 ] || { echo "the rehearsal's S3 did not start" >&2; exit 1; }
    sleep 0.5
    waited=$((waited + 1))
done

export PGVIGIL_STORE=s3://fake-bucket/pg AWS_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true
PGVIGIL_S3_ENDPOINT=$(cat /tmp/s3.url)
AWS_CONTAINER_CREDENTIALS_FULL_URI=$PGVIGIL_S3_ENDPOINT/credentials
export PGVIGIL_S3_ENDPOINT AWS_CONTAINER_CREDENTIALS_FULL_URI PGVIGIL_WORK=/tmp/work

rehearse() {
    /opt/java/bin/java @/opt/pgvigil/java.options "$@" \
        -Djavax.net.ssl.trustStore=/tmp/s3.p12 -Djavax.net.ssl.trustStorePassword="$password" io.pgvigil.task.Rehearsal
}
if [ "$AOT" = on ]; then
    # Classes only, without profiles: with them Java would compile eagerly in the first second, which costs more CPU than the
    # profiles save.
    training="-XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining"
    # shellcheck disable=SC2086
    rehearse $training -XX:AOTMode=record -XX:AOTConfiguration=/tmp/task.aotconf
    # shellcheck disable=SC2086
    /opt/java/bin/java @/opt/pgvigil/java.options $training -XX:AOTMode=create -XX:AOTConfiguration=/tmp/task.aotconf \
        -XX:AOTCache=/tmp/task.aot
    rm /tmp/task.aotconf
else
    rehearse
    : > /tmp/task.aot
fi
