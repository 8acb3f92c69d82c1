package io.pgvigil.template;

import static io.pgvigil.template.Iam.Answer.ALLOWED;
import static io.pgvigil.template.Iam.Answer.DENIED;
import static io.pgvigil.template.Iam.Answer.NOT_ALLOWED;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.template.Iam.Answer;
import io.pgvigil.template.Iam.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may do what, asked of the policies as IAM and S3 would evaluate them.
final class PoliciesTest {
    private static final String DATA = "pg/orders/shop/20261122T023000Z-l-5124e0ed/data.pgdump.zst";
    private static final String MANIFEST =
            "pg/orders/shop/20261122T023000Z-l-5124e0ed/manifest.json";
    private static final String VERDICT = "pg/orders/shop/drills/20261122T023000Z-drill-aaa.json";
    private static final String BASE =
            "pg/orders/_cluster/20261122T023000Z-p-5124e0ed/base.tar.zst";
    private static final String SEGMENT =
            "pg/orders/_wal/7301/00000001/000000010000000000000042.zst";
    private static final String RUN = "pg/runs/20261122T023000Z-backup-aaa07291c8.json";
    private static final String MARKER = "pg/runs/open/orders/20261122T023000Z-backup-aaa.json";
    private static final String LEASE = "pg/leases/orders/shop/backup.json";
    private static final String SLOT = "pg/leases/_slots/orders/1.json";
    private static final String TICK = "pg/schedule/tick.json";
    private static final String REJECTED = "pg/schedule/config.rejected.json";
    private static final String ACCEPTED = "pg/schedule/config.accepted.yaml";
    private static final String CONFIG = "pg/config.yaml";
    private static final String DECIDED = "pg/retention/20261122T122000Z-47680de3c55a.json";
    private static final String GOING =
            "pg/retention/deleting/orders/shop/20261122T023000Z-l-5124e0ed.json";
    private static final String READER =
            "pg/leases/orders/shop/20261122T023000Z-l-5124e0ed/20261122T043000Z-verify-a.json";
    private static final Set<String> KEYS =
            Set.of(
                    DATA, MANIFEST, VERDICT, RUN, MARKER, LEASE, SLOT, TICK, REJECTED, ACCEPTED,
                    CONFIG, DECIDED, GOING, READER);

    /// What goes with a backup.
    private static final Set<String> OF_A_BACKUP = Set.of(DATA, MANIFEST, GOING, READER);

    private static final String DELETER = "RetentionFunctionRole";

    /// Tells what is there, and changes nothing but its page.
    private static final String TELLER = "ReportFunctionRole";

    private static final String FIRST = Resolver.arn("secretsmanager", "secret:first-AbCdEf");
    private static final String OTHER = Resolver.arn("secretsmanager", "secret:pgvigil/billing");
    private static final String WRITING = Resolver.arn("secretsmanager", "secret:restore/owner");
    private static final String COPYING = Resolver.arn("secretsmanager", "secret:copies/minio");
    private static final String LOGIN = Resolver.arn("rds-db", "dbuser:db-ABC/backup");

    /// Everything switched on, so that everything that could be granted is.
    private static final Map<String, String> EVERYTHING =
            Map.ofEntries(
                    Map.entry("FirstHost", "db.internal"),
                    Map.entry("FirstUser", "backup"),
                    Map.entry("FirstSecret", FIRST),
                    Map.entry("SecretArns", Resolver.arn("secretsmanager", "secret:pgvigil/*")),
                    Map.entry("RestoreSecretArns", WRITING),
                    Map.entry("SecretKmsKeyArns", Resolver.arn("kms", "key/secrets")),
                    Map.entry("IamDatabaseUserArns", LOGIN),
                    Map.entry("ReplicaBucketArn", "arn:aws:s3:::copy"),
                    Map.entry("ReplicaKmsKeyArn", Resolver.arn("kms", "key/copy")),
                    Map.entry("CopyBucketArns", "arn:aws:s3:::far,arn:aws:s3:::farther"),
                    Map.entry("CopyKmsKeyArns", Resolver.arn("kms", "key/far")),
                    Map.entry("CopySecretArns", COPYING),
                    Map.entry("ObjectLock", "true"),
                    Map.entry("AllowRdsDrills", "true"),
                    Map.entry("AllowRdsRestores", "true"),
                    Map.entry("ContinuousServers", "orders"),
                    Map.entry("Tracing", "Active"));

    private static final Template TEMPLATE = Template.load();

    /// What an administrator has: the bucket's policy is all that is between him and the data.
    private static final Tree ADMINISTRATOR =
            new Tree(Map.of("Effect", "Allow", "Action", "*", "Resource", "*"));

    static Stream<String> roles() {
        return TEMPLATE.roles().keySet().stream();
    }

    static Stream<String> parts() {
        return roles().filter(role -> !role.equals("ReplicationRole"));
    }

    // --- what is written once

    @ParameterizedTest
    @ValueSource(strings = {DATA, MANIFEST, VERDICT, BASE, SEGMENT})
    void nobody_overwrites_a_backup_or_a_proof(String key) {
        assertThat(administrator(put(key))).isEqualTo(DENIED);
        assertThat(administrator(put(key).with("s3:if-match", "\"etag\""))).isEqualTo(DENIED);
        assertThat(administrator(create(key))).isEqualTo(ALLOWED);
    }

    @Test
    void parts_of_an_upload_go_through_and_completing_it_needs_the_header() {
        var part = s3("s3:PutObject", DATA).with("s3:ObjectCreationOperation", "false");

        assertThat(role("BackupTaskRole", part)).isEqualTo(ALLOWED);
        assertThat(role("BackupTaskRole", put(DATA))).isEqualTo(DENIED);
        assertThat(role("BackupTaskRole", create(DATA))).isEqualTo(ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {BASE, SEGMENT})
    void the_writer_creates_copies_and_wal_and_never_replaces_them(String key) {
        assertThat(role("HarvestTaskRole", create(key)))
                .isEqualTo(key.equals(SEGMENT) ? ALLOWED : NOT_ALLOWED);
        assertThat(role("BackupTaskRole", create(key))).isEqualTo(ALLOWED);
        assertThat(role("BackupTaskRole", put(key))).isEqualTo(DENIED);
        assertThat(role("VerifyTaskRole", create(key))).isEqualTo(NOT_ALLOWED);
    }

    @ParameterizedTest
    @ValueSource(strings = {RUN, MARKER, LEASE, SLOT, TICK, CONFIG})
    void documents_that_move_on_are_replaced(String key) {
        assertThat(administrator(put(key).with("s3:if-match", "\"etag\""))).isEqualTo(ALLOWED);
    }

    @Test
    void sources_of_the_image_are_uploaded_with_any_tool() {
        assertThat(administrator(put("image/source.zip"))).isEqualTo(ALLOWED);
    }

    /// A prefix that ends elsewhere must not open a hole.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg/orders/runs/backup/data.pgdump.zst",
                "other/config.yaml",
                "pg/orders/shop/leases/x",
                "pg/manifest.json"
            })
    void keys_that_only_look_like_documents_are_written_once(String key) {
        assertThat(administrator(put(key))).isEqualTo(DENIED);
    }

    @Test
    void without_tls_nobody_gets_anything() {
        var plain = s3("s3:GetObject", DATA).with("aws:SecureTransport", "false");

        assertThat(administrator(plain)).isEqualTo(DENIED);
        assertThat(administrator(s3("s3:GetObject", DATA))).isEqualTo(ALLOWED);
    }

    // --- the writer cannot delete, the deleter cannot write data

    @ParameterizedTest
    @MethodSource("roles")
    void only_retention_deletes_backups_and_others_at_most_markers(String role) {
        for (var key : KEYS)
            if (!key.equals(MARKER) && !key.equals(REJECTED) && !role.equals(DELETER))
                assertThat(role(role, s3("s3:DeleteObject", key))).as(key).isEqualTo(NOT_ALLOWED);
        for (var action :
                List.of(
                        "s3:DeleteObjectVersion",
                        "s3:PutLifecycleConfiguration",
                        "s3:PutBucketPolicy",
                        "s3:DeleteBucketPolicy",
                        "s3:PutBucketVersioning",
                        "s3:DeleteBucket",
                        "s3:PutObjectAcl",
                        "kms:ScheduleKeyDeletion",
                        "kms:DisableKey"))
            assertThat(role(role, s3(action, DATA))).as(action).isEqualTo(NOT_ALLOWED);
    }

    @Test
    void the_deleter_deletes_backups_and_nothing_else() {
        for (var key : KEYS)
            if (OF_A_BACKUP.contains(key))
                assertThat(role(DELETER, s3("s3:DeleteObject", key))).as(key).isEqualTo(ALLOWED);
            else
                assertThat(role(DELETER, s3("s3:DeleteObject", key))).as(key).isNotEqualTo(ALLOWED);
        // A database may be called so; its backups must not stay for ever.
        assertThat(role(DELETER, s3("s3:DeleteObject", DATA.replace("/shop/", "/drills/"))))
                .isEqualTo(ALLOWED);
    }

    @Test
    void only_the_deleter_says_into_which_class_data_moves() {
        assertThat(who(s3("s3:PutObjectTagging", DATA))).containsExactly(DELETER);
        assertThat(who(s3("s3:PutObjectTagging", CONFIG))).isEmpty();
        assertThat(who(s3("s3:PutLifecycleConfiguration", DATA))).isEmpty();
    }

    @Test
    void what_is_archived_is_brought_back_by_who_was_asked_to_read_it() {
        assertThat(who(s3("s3:RestoreObject", DATA)))
                .containsExactlyInAnyOrder("VerifyFunctionRole", "RestoreFunctionRole");
        assertThat(who(s3("s3:RestoreObject", RUN))).isEmpty();
    }

    @Test
    void the_deleter_writes_down_what_it_does_and_no_data() {
        for (var key : List.of(DECIDED, GOING, LEASE))
            assertThat(role(DELETER, put(key))).as(key).isEqualTo(ALLOWED);
        for (var key : List.of(DATA, MANIFEST, VERDICT, RUN, TICK, CONFIG))
            assertThat(role(DELETER, create(key))).as(key).isNotEqualTo(ALLOWED);
        assertThat(who(put(DECIDED))).containsExactly(DELETER);
    }

    @Test
    void who_deletes_markers_writes_no_data() {
        var deleters = who(s3("s3:DeleteObject", MARKER));

        assertThat(deleters)
                .isEqualTo(
                        roles().filter(role -> role.endsWith("FunctionRole"))
                                .filter(role -> !role.equals(DELETER) && !role.equals(TELLER))
                                .collect(Collectors.toCollection(TreeSet::new)));
        assertThat(deleters)
                .allSatisfy(role -> assertThat(role(role, create(DATA))).isEqualTo(NOT_ALLOWED));
        assertThat(who(s3("s3:DeleteObject", REJECTED))).containsExactly("BackupFunctionRole");
    }

    @Test
    void only_the_backup_task_writes_data_only_seal_and_watch_make_it_a_backup() {
        assertThat(who(create(DATA))).containsExactly("BackupTaskRole");
        assertThat(who(create(MANIFEST))).containsExactly("SealFunctionRole", "WatchFunctionRole");
        assertThat(who(create(VERDICT))).containsExactly("VerifyTaskRole");
        assertThat(who(put(CONFIG))).containsExactly("BackupFunctionRole");
        assertThat(who(put(TICK))).containsExactly("BackupFunctionRole");
    }

    @Test
    void seal_cannot_replace_what_it_sealed() {
        assertThat(role("SealFunctionRole", put(MANIFEST))).isEqualTo(DENIED);
        assertThat(role("SealFunctionRole", create(MANIFEST))).isEqualTo(ALLOWED);
    }

    /// The writer is told no and not merely nothing, whatever is granted to it later.
    @ParameterizedTest
    @ValueSource(strings = {MANIFEST, VERDICT})
    void the_writer_neither_seals_nor_proves(String key) {
        assertThat(role("BackupTaskRole", create(key))).isEqualTo(DENIED);
    }

    @ParameterizedTest
    @MethodSource("parts")
    void every_part_writes_its_runs_and_leases(String role) {
        if (List.of("TaskExecutionRole", "TickRole", "ImageBuildRole", TELLER).contains(role))
            return;

        // The always-on harvest is no run.
        if (!role.equals("HarvestTaskRole") && !role.equals(DELETER))
            assertThat(role(role, put(RUN))).isEqualTo(ALLOWED);
        assertThat(role(role, put(LEASE))).isEqualTo(ALLOWED);
        assertThat(role(role, s3("s3:GetObject", MANIFEST))).isEqualTo(ALLOWED);
    }

    @Test
    void the_page_is_written_by_who_reads_no_data_and_writes_nothing_else() {
        for (var key : List.of(MANIFEST, VERDICT, CONFIG, RUN, "pg/report/history.json.gz"))
            assertThat(role(TELLER, s3("s3:GetObject", key))).as(key).isEqualTo(ALLOWED);
        for (var key : List.of(DATA, BASE, SEGMENT))
            assertThat(role(TELLER, s3("s3:GetObject", key))).as(key).isEqualTo(NOT_ALLOWED);
        for (var key : KEYS) assertThat(role(TELLER, create(key))).as(key).isNotEqualTo(ALLOWED);
        assertThat(who(put("pg/report/index.html")))
                .containsExactly("ReportFunctionRole", "WatchFunctionRole");
        assertThat(role(TELLER, put("pg/report/watch.json"))).isEqualTo(NOT_ALLOWED);
    }

    // --- copies

    @ParameterizedTest
    @ValueSource(strings = {"far", "farther"})
    void only_the_backup_task_sends_copies_and_only_retention_deletes_them(String bucket) {
        var there = "arn:aws:s3:::" + bucket;

        // The prefix there is another one, or none.
        for (var prefix : List.of("pg/", "a/b/", "")) {
            UnaryOperator<String> at = key -> there + "/" + prefix + key.substring("pg/".length());
            for (var key : List.of(DATA, MANIFEST, SEGMENT, BASE)) {
                assertThat(who(there("s3:PutObject", at.apply(key))))
                        .as(key)
                        .containsExactly("BackupTaskRole");
                assertThat(who(there("s3:DeleteObject", at.apply(key))))
                        .as(key)
                        .containsExactly(DELETER);
                assertThat(who(there("s3:GetObject", at.apply(key))))
                        .as(key)
                        .containsExactlyInAnyOrder("BackupTaskRole", DELETER);
                assertThat(who(there("s3:DeleteObjectVersion", at.apply(key)))).isEmpty();
            }
            for (var key : List.of(DECIDED, GOING, "pg/leases/_retention.json"))
                assertThat(who(there("s3:PutObject", at.apply(key)))).as(key).contains(DELETER);
            for (var key : List.of(GOING, READER))
                assertThat(who(there("s3:DeleteObject", at.apply(key))))
                        .as(key)
                        .containsExactly(DELETER);
            for (var key : List.of(DECIDED, VERDICT, CONFIG, RUN, LEASE))
                assertThat(who(there("s3:DeleteObject", at.apply(key)))).as(key).isEmpty();
            for (var key : List.of(VERDICT, CONFIG, RUN, LEASE))
                assertThat(who(there("s3:PutObject", at.apply(key))))
                        .as(key)
                        .containsExactly("BackupTaskRole");
            for (var key : List.of(DATA, MANIFEST, BASE))
                assertThat(who(there("s3:PutObjectRetention", at.apply(key))))
                        .as(key)
                        .containsExactly("BackupTaskRole", DELETER);
            for (var key : List.of(SEGMENT, VERDICT, DECIDED))
                assertThat(who(there("s3:PutObjectRetention", at.apply(key)))).as(key).isEmpty();
            for (var action : List.of("s3:BypassGovernanceRetention", "s3:PutObjectLegalHold"))
                assertThat(who(there(action, at.apply(DATA)))).as(action).isEmpty();
        }
        // A database may be called retention.
        assertThat(who(there("s3:PutObject", there + "/" + DATA.replace("/shop/", "/retention/"))))
                .containsExactly("BackupTaskRole");
        assertThat(who(there("s3:ListBucket", there)))
                .containsExactlyInAnyOrder("BackupTaskRole", DELETER);
        assertThat(who(there("s3:PutObject", there + "-other/x"))).isEmpty();
        assertThat(who(there("s3:DeleteObject", there + "-other/" + DATA))).isEmpty();
    }

    @Test
    void the_deleter_reaches_the_store_and_the_further_ones_and_nothing_else() {
        for (var bucket : List.of("arn:aws:s3:::another", "arn:aws:s3:::farthest"))
            for (var action :
                    List.of(
                            "s3:GetObject",
                            "s3:PutObject",
                            "s3:DeleteObject",
                            "s3:PutObjectRetention",
                            "s3:ListBucket"))
                for (var resource : List.of(bucket, bucket + "/" + DATA, bucket + "/" + DECIDED))
                    assertThat(role(DELETER, there(action, resource)))
                            .as(action + " " + resource)
                            .isEqualTo(DENIED);
        // Another prefix of the store's own bucket belongs to somebody else.
        assertThat(role(DELETER, s3("s3:DeleteObject", DATA.replaceFirst("pg/", "other/"))))
                .isEqualTo(DENIED);
    }

    @Test
    void the_keys_of_further_stores_are_read_by_who_copies_and_who_deletes_there() {
        assertThat(who(there("secretsmanager:GetSecretValue", COPYING)))
                .containsExactlyInAnyOrder("BackupTaskRole", DELETER);
        for (var secret : List.of(FIRST, OTHER, WRITING))
            assertThat(role(DELETER, there("secretsmanager:GetSecretValue", secret)))
                    .isEqualTo(NOT_ALLOWED);
    }

    private static Request there(String action, String resource) {
        return new Request(action, resource, Map.of());
    }

    // --- locks

    @ParameterizedTest
    @MethodSource("roles")
    void nobody_of_the_stack_touches_a_lock(String role) {
        assertThat(role(role, s3("s3:BypassGovernanceRetention", DATA))).isEqualTo(DENIED);
        assertThat(role(role, s3("s3:PutBucketObjectLockConfiguration", DATA)))
                .isEqualTo(NOT_ALLOWED);
    }

    @Test
    void seal_its_stand_in_and_retention_lock_what_is_there_and_nobody_else() {
        var locking = Set.of("SealFunctionRole", "WatchFunctionRole", "RetentionFunctionRole");

        assertThat(who(s3("s3:PutObjectRetention", DATA))).isEqualTo(locking);
        assertThat(who(s3("s3:PutObjectRetention", MANIFEST))).isEqualTo(locking);
        // Log is not locked, and neither are documents that move on.
        for (var key : List.of(SEGMENT, RUN, LEASE, TICK, CONFIG, DECIDED, VERDICT))
            assertThat(who(s3("s3:PutObjectRetention", key))).as(key).isEmpty();
        assertThat(who(s3("s3:PutObjectLegalHold", DATA))).isEmpty();
        assertThat(who(s3("s3:GetObjectVersion", MANIFEST)))
                .isEqualTo(Set.of("WatchFunctionRole", "RetentionFunctionRole"));
    }

    @Test
    void not_even_an_administrator_bypasses_governance() {
        assertThat(administrator(s3("s3:BypassGovernanceRetention", DATA))).isEqualTo(DENIED);
    }

    // --- secrets

    @Test
    void backups_read_their_secrets_restores_also_theirs_and_nobody_else_any() {
        assertThat(who(secret(FIRST)))
                .containsExactly("BackupTaskRole", "HarvestTaskRole", "RestoreTaskRole");
        assertThat(who(secret(OTHER)))
                .containsExactly("BackupTaskRole", "HarvestTaskRole", "RestoreTaskRole");
        assertThat(who(secret(WRITING))).containsExactly("RestoreTaskRole");
        assertThat(who(secret(Resolver.arn("secretsmanager", "secret:payroll")))).isEmpty();
        assertThat(who(new Request("rds-db:connect", LOGIN, Map.of())))
                .containsExactly("BackupTaskRole", "HarvestTaskRole", "RestoreTaskRole");
    }

    @Test
    void the_drill_knows_no_secret_and_cannot_sign_in() {
        for (var secret : List.of(FIRST, OTHER, WRITING))
            assertThat(role("VerifyTaskRole", secret(secret))).isEqualTo(NOT_ALLOWED);
        assertThat(role("VerifyTaskRole", new Request("rds-db:connect", LOGIN, Map.of())))
                .isEqualTo(NOT_ALLOWED);
    }

    @Test
    void a_key_is_used_through_the_services_of_the_store_only() {
        var decrypt = new Request("kms:Decrypt", Resolver.arn("any", "BackupKey"), Map.of());

        assertThat(role("BackupTaskRole", decrypt)).isEqualTo(NOT_ALLOWED);
        assertThat(
                        role(
                                "BackupTaskRole",
                                decrypt.with("kms:ViaService", "s3.eu-west-1.amazonaws.com")))
                .isEqualTo(ALLOWED);
        assertThat(
                        role(
                                "SealFunctionRole",
                                decrypt.with("kms:ViaService", "sns.eu-west-1.amazonaws.com")))
                .isEqualTo(ALLOWED);
    }

    // --- tasks

    @Test
    void functions_start_their_own_tasks_only_in_their_cluster() {
        var own = Map.of("ecs:cluster", Resolver.arn("ecs", "cluster/TaskCluster"));
        assertThat(who(run("pgvigil-backup:7", own)))
                .containsExactly("BackupFunctionRole", "SealFunctionRole", "WatchFunctionRole");
        assertThat(who(run("pgvigil-verify:7", own)))
                .containsExactly(
                        "BackupFunctionRole",
                        "SealFunctionRole",
                        "VerifyFunctionRole",
                        "WatchFunctionRole");
        assertThat(who(run("pgvigil-restore:7", own)))
                .containsExactly("RestoreFunctionRole", "SealFunctionRole", "WatchFunctionRole");
        assertThat(who(run("pgvigil-2-backup:7", own))).isEmpty();
        assertThat(
                        who(
                                run(
                                        "pgvigil-backup:7",
                                        Map.of("ecs:cluster", Resolver.arn("ecs", "cluster/x")))))
                .isEmpty();
    }

    @Test
    void a_role_is_handed_over_by_who_starts_its_task_and_to_tasks_only() {
        assertThat(who(pass("RestoreTaskRole", "ecs-tasks.amazonaws.com")))
                .containsExactly("RestoreFunctionRole", "SealFunctionRole", "WatchFunctionRole");
        assertThat(who(pass("BackupTaskRole", "ecs-tasks.amazonaws.com")))
                .containsExactly("BackupFunctionRole", "SealFunctionRole", "WatchFunctionRole");
        assertThat(who(pass("BackupTaskRole", "ec2.amazonaws.com"))).isEmpty();
        assertThat(who(pass("SealFunctionRole", "ecs-tasks.amazonaws.com"))).isEmpty();
    }

    // --- temporary instances

    private static final String INSTANCE = Resolver.arn("rds", "db:pgvigil-1234abcd-x");
    private static final String CLUSTER = Resolver.arn("rds", "cluster:pgvigil-1234abcd-x");
    private static final Map<String, String> TAGGED =
            Map.of(
                    "aws:ResourceTag/pgvigil:stack",
                    Resolver.STACK,
                    "aws:ResourceTag/pgvigil:managed",
                    "temporary-instance",
                    "aws:RequestTag/pgvigil:stack",
                    Resolver.STACK,
                    "aws:RequestTag/pgvigil:managed",
                    "temporary-instance");

    @Test
    void temporary_instances_are_made_by_drills_and_deleted_by_drills_and_watch() {
        assertThat(who(new Request("rds:CreateDBInstance", INSTANCE, TAGGED)))
                .containsExactly("VerifyTaskRole");
        assertThat(who(new Request("rds:DeleteDBInstance", INSTANCE, TAGGED)))
                .containsExactly("VerifyTaskRole", "WatchFunctionRole");
    }

    @Test
    void an_instance_without_the_tags_of_this_stack_is_out_of_reach() {
        var others =
                Map.of(
                        "aws:ResourceTag/pgvigil:stack", "pgvigil-2",
                        "aws:ResourceTag/pgvigil:managed", "temporary-instance",
                        "aws:RequestTag/pgvigil:stack", "pgvigil-2",
                        "aws:RequestTag/pgvigil:managed", "temporary-instance");
        for (var context : List.of(Map.<String, String>of(), others)) {
            assertThat(who(new Request("rds:CreateDBInstance", INSTANCE, context))).isEmpty();
            assertThat(who(new Request("rds:DeleteDBInstance", INSTANCE, context))).isEmpty();
        }
        assertThat(
                        who(
                                new Request(
                                        "rds:DeleteDBInstance",
                                        Resolver.arn("rds", "db:production"),
                                        TAGGED)))
                .isEmpty();
        assertThat(who(new Request("rds:CreateDBSnapshot", INSTANCE, TAGGED))).isEmpty();
    }

    @Test
    void only_a_drill_enters_servers_and_only_temporary_ones_of_this_stack() {
        for (var action : List.of("rds:ModifyDBInstance", "rds:ModifyDBCluster")) {
            var temporary = action.endsWith("Cluster") ? CLUSTER : INSTANCE;
            assertThat(who(new Request(action, temporary, TAGGED)))
                    .containsExactly("VerifyTaskRole");
            assertThat(who(new Request(action, temporary, Map.of()))).isEmpty();
            for (var production : List.of("db:production", "cluster:production"))
                assertThat(who(new Request(action, Resolver.arn("rds", production), TAGGED)))
                        .isEmpty();
        }
        assertThat(who(new Request("rds:DeleteDBCluster", CLUSTER, TAGGED)))
                .containsExactly("VerifyTaskRole", "WatchFunctionRole");
        assertThat(
                        who(
                                new Request(
                                        "rds:DeleteDBCluster",
                                        Resolver.arn("rds", "cluster:production"),
                                        TAGGED)))
                .isEmpty();
    }

    @Test
    void servers_are_restored_by_drills_into_temporary_ones_and_by_restores_into_others() {
        var stays = Map.of("aws:RequestTag/pgvigil:stack", Resolver.STACK);
        for (var action :
                List.of(
                        "rds:RestoreDBInstanceToPointInTime",
                        "rds:RestoreDBClusterToPointInTime")) {
            var source =
                    Resolver.arn(
                            "rds", action.contains("Cluster") ? "cluster:orders" : "db:orders");
            assertThat(who(new Request(action, source, TAGGED))).containsExactly("VerifyTaskRole");
            assertThat(who(new Request(action, source, stays))).containsExactly("RestoreTaskRole");
            assertThat(who(new Request(action, source, Map.of()))).isEmpty();
            assertThat(
                            answer(
                                    "RestoreTaskRole",
                                    new Request(action, source, stays),
                                    Map.of("AllowRdsRestores", "false")))
                    .isEqualTo(NOT_ALLOWED);
        }
    }

    @Test
    void drills_make_no_instances_unless_they_may() {
        var asked = new Request("rds:CreateDBInstance", INSTANCE, TAGGED);

        assertThat(answer("VerifyTaskRole", asked, Map.of("AllowRdsDrills", "false")))
                .isEqualTo(NOT_ALLOWED);
    }

    // --- others

    @Test
    void only_the_clock_calls_functions_and_only_those_with_a_tick() {
        var backup = new Request("lambda:InvokeFunction", any("BackupFunction"), Map.of());
        var seal = new Request("lambda:InvokeFunction", any("SealFunction"), Map.of());

        assertThat(who(backup)).containsExactly("TickRole");
        assertThat(who(new Request("lambda:InvokeFunction", any("RetentionFunction"), Map.of())))
                .containsExactly("TickRole");
        assertThat(who(seal)).isEmpty();
    }

    @Test
    void events_are_put_in_the_name_of_pgvigil() {
        var bus = Resolver.arn("events", "event-bus/default");
        var ours = new Request("events:PutEvents", bus, Map.of("events:source", "pgvigil"));
        var forged = new Request("events:PutEvents", bus, Map.of("events:source", "acme.orders"));

        assertThat(who(ours)).contains("SealFunctionRole").doesNotContain("BackupTaskRole");
        assertThat(who(forged)).isEmpty();
    }

    @Test
    void what_is_switched_off_is_not_granted() {
        var asked = secret(FIRST);

        assertThat(answer("BackupTaskRole", asked, Map.of("FirstSecret", "")))
                .isEqualTo(NOT_ALLOWED);
        assertThat(answer("BackupTaskRole", asked, Map.of("FirstSecret", "iam")))
                .isEqualTo(NOT_ALLOWED);
    }

    // --- the evaluator itself

    @Test
    void a_weaker_bucket_policy_would_be_seen() {
        var open = TEMPLATE.copy();
        open.tree().set("Resources/BackupBucketPolicy/Properties/PolicyDocument/Statement/1", null);

        assertThat(Iam.answer(withBucket(open, List.of(ADMINISTRATOR), Map.of()), put(DATA)))
                .isEqualTo(ALLOWED);
    }

    @Test
    void a_writer_that_may_delete_would_be_seen() {
        var open = TEMPLATE.copy();
        var statements =
                "Resources/BackupTaskRole/Properties/Policies/0/PolicyDocument/Statement/+";
        open.tree()
                .set(
                        statements,
                        Map.of("Effect", "Allow", "Action", "s3:Delete*", "Resource", "*"));

        assertThat(
                        Iam.answer(
                                resolved(open, open.policies("BackupTaskRole"), EVERYTHING),
                                s3("s3:DeleteObject", DATA)))
                .isEqualTo(ALLOWED);
    }

    private static Request s3(String action, String key) {
        return new Request(
                action,
                "arn:aws:s3:::" + Resolver.BUCKET + "/" + key,
                Map.of("aws:SecureTransport", "true"));
    }

    /// PutObject, or the completion of an upload.
    private static Request put(String key) {
        return s3("s3:PutObject", key).with("s3:ObjectCreationOperation", "true");
    }

    private static Request create(String key) {
        return put(key).with("s3:if-none-match", "*");
    }

    private static Request secret(String arn) {
        return new Request("secretsmanager:GetSecretValue", arn, Map.of());
    }

    private static Request run(String definition, Map<String, String> context) {
        return new Request(
                "ecs:RunTask", Resolver.arn("ecs", "task-definition/" + definition), context);
    }

    private static Request pass(String role, String service) {
        return new Request(
                "iam:PassRole",
                "arn:aws:iam::" + Resolver.ACCOUNT + ":role/" + role,
                Map.of("iam:PassedToService", service));
    }

    private static String any(String resource) {
        return Resolver.arn("any", resource);
    }

    private static Set<String> who(Request request) {
        var found = new TreeSet<String>();
        roles().filter(role -> role(role, request) == ALLOWED).forEach(found::add);
        return found;
    }

    private static Answer administrator(Request request) {
        return Iam.answer(withBucket(TEMPLATE, List.of(ADMINISTRATOR), EVERYTHING), request);
    }

    private static Answer role(String role, Request request) {
        return answer(role, request, EVERYTHING);
    }

    private static Answer answer(String role, Request request, Map<String, String> parameters) {
        var statements = resolved(TEMPLATE, TEMPLATE.policies(role), parameters);
        return Iam.answer(
                request.action().startsWith("s3:")
                        ? withBucket(TEMPLATE, statements, parameters)
                        : statements,
                request);
    }

    private static List<Tree> withBucket(
            Template template, List<Tree> own, Map<String, String> parameters) {
        var policy = template.properties("BackupBucketPolicy").get("PolicyDocument");
        return Stream.concat(own.stream(), resolved(template, List.of(policy), parameters).stream())
                .toList();
    }

    private static List<Tree> resolved(
            Template template, List<Tree> policies, Map<String, String> parameters) {
        var resolver = new Resolver(template, parameters);
        return policies.stream()
                .flatMap(policy -> resolver.resolve(policy).stream())
                .flatMap(policy -> policy.get("Statement").list().stream())
                .toList();
    }
}
