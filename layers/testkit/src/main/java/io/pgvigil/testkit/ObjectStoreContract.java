package io.pgvigil.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.ObjectChecksum;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectReader;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Every promise of [ObjectStore], for every store to inherit.
public abstract class ObjectStoreContract {
    private static final int WRITERS = 8;
    private static final ObjectKey KEY = new ObjectKey("orders/app/20261122T023000Z/facts.json");

    /// An empty store, the same one each time within a test.
    protected abstract ObjectStore store();

    /// The same store as another process sees it.
    protected abstract ObjectStore sameStoreElsewhere();

    /// A size that the store does not take in one piece.
    protected int severalParts() {
        return 1 << 20;
    }

    // Create

    @Test
    protected void a_created_object_is_seen_by_every_way_of_looking() throws IOException {
        var created = store().create(KEY, bytes("{}"));

        assertThat(created).isTrue();
        assertThat(store().stat(KEY).orElseThrow().size()).isEqualTo(2);
        assertThat(content(KEY)).isEqualTo("{}");
        assertThat(read(sameStoreElsewhere(), KEY)).isEqualTo(bytes("{}"));
        assertThat(keys("")).containsExactly(KEY.value());
    }

    @Test
    protected void creating_what_exists_says_so_and_changes_nothing() {
        store().create(KEY, bytes("first"));

        var created = sameStoreElsewhere().create(KEY, bytes("second"));

        assertThat(created).isFalse();
        assertThat(content(KEY)).isEqualTo("first");
    }

    @Test
    protected void of_concurrent_creates_exactly_one_wins_and_its_content_is_there() {
        var stores = List.of(store(), sameStoreElsewhere());

        var wins =
                together(i ->
                        stores.get(i % 2).create(KEY, bytes("writer " + i)) ? "writer " + i : "");

        var winners = wins.stream().filter(win -> !win.isEmpty()).toList();
        assertThat(winners).hasSize(1);
        assertThat(content(KEY)).isEqualTo(winners.getFirst());
    }

    @Test
    protected void a_deleted_key_can_be_created_again() {
        store().create(KEY, bytes("first"));
        store().delete(KEY);

        assertThat(store().create(KEY, bytes("second"))).isTrue();
        assertThat(content(KEY)).isEqualTo("second");
    }

    @Test
    protected void an_empty_object_is_an_object() throws IOException {
        store().create(KEY, new byte[0]);

        assertThat(store().stat(KEY).orElseThrow().size()).isZero();
        assertThat(read(store(), KEY)).isEmpty();
        assertThat(store().document(KEY).orElseThrow().content()).isEmpty();
    }

    // Put and replace

    @Test
    protected void put_writes_whatever_was_there() {
        store().put(KEY, bytes("first, and longer"));
        store().put(KEY, bytes("second"));

        assertThat(content(KEY)).isEqualTo("second");
        assertThat(keys("")).hasSize(1);
    }

    @Test
    protected void replace_takes_the_place_of_the_state_that_was_read() {
        store().create(KEY, bytes("held by a"));
        var read = document(KEY);

        assertThat(sameStoreElsewhere().replace(KEY, bytes("held by b"), read.token())).isTrue();
        assertThat(content(KEY)).isEqualTo("held by b");
    }

    @Test
    protected void replace_with_a_stale_token_changes_nothing() {
        store().create(KEY, bytes("held by a"));
        var read = document(KEY);
        sameStoreElsewhere().replace(KEY, bytes("held by b"), read.token());

        assertThat(store().replace(KEY, bytes("held by c"), read.token())).isFalse();
        assertThat(content(KEY)).isEqualTo("held by b");
    }

    @Test
    protected void replace_of_a_deleted_object_does_not_bring_it_back() {
        store().create(KEY, bytes("held by a"));
        var read = document(KEY);
        store().delete(KEY);

        assertThat(store().replace(KEY, bytes("held by b"), read.token())).isFalse();
        assertThat(store().stat(KEY)).isEmpty();
    }

    @Test
    protected void of_concurrent_replaces_of_one_state_exactly_one_wins() {
        store().create(KEY, bytes("free"));
        var token = document(KEY).token();
        var stores = List.of(store(), sameStoreElsewhere());

        var wins = together(i -> stores.get(i % 2).replace(KEY, bytes("writer " + i), token));

        assertThat(wins).filteredOn(win -> win).hasSize(1);
        assertThat(content(KEY)).isEqualTo("writer " + wins.indexOf(true));
    }

    @Test
    protected void readers_never_see_a_mixture_while_an_object_is_replaced() {
        store().put(KEY, filled('a'));

        var seen =
                together(i -> {
                    for (var round = 0; round < 10; round++)
                        if (i % 2 == 0) store().put(KEY, filled((char) ('a' + round)));
                        else {
                            var content = document(KEY).content();
                            if (!new String(content, UTF_8).matches("(.)\\1{9999}"))
                                return "a mixture";
                        }
                    return "whole";
                });

        assertThat(seen).containsOnly("whole");
    }

    // Upload

    @Test
    protected void a_completed_upload_is_the_object_with_size_and_checksum() throws IOException {
        var content = random(severalParts());

        var stored = upload(KEY, content);

        assertThat(stored.key()).isEqualTo(KEY);
        assertThat(stored.size()).isEqualTo(content.length);
        assertThat(stored.crc32c()).contains(ObjectChecksum.of(content));
        assertThat(store().stat(KEY).orElseThrow().size()).isEqualTo(content.length);
        assertThat(read(sameStoreElsewhere(), KEY)).isEqualTo(content);
        assertThat(store().pendingUploads("")).isEmpty();
    }

    @Test
    protected void a_small_upload_is_an_object_like_any_other() throws IOException {
        var stored = upload(KEY, bytes("small"));

        assertThat(stored.size()).isEqualTo(5);
        assertThat(stored.crc32c()).contains(ObjectChecksum.of(bytes("small")));
        assertThat(read(store(), KEY)).isEqualTo(bytes("small"));
        assertThat(store().pendingUploads("")).isEmpty();
    }

    @Test
    protected void an_upload_of_nothing_is_an_empty_object() throws IOException {
        var stored = upload(KEY, new byte[0]);

        assertThat(stored.size()).isZero();
        assertThat(stored.crc32c()).contains("00000000");
        assertThat(read(store(), KEY)).isEmpty();
    }

    @Test
    protected void a_stored_checksum_is_the_one_of_the_content() {
        var content = random(severalParts());
        upload(KEY, content);
        store().create(KEY.sibling("small"), bytes("small"));

        assertThat(store().stat(KEY).orElseThrow().crc32c().orElse(ObjectChecksum.of(content)))
                .isEqualTo(ObjectChecksum.of(content));
        assertThat(
                        store().stat(KEY.sibling("small"))
                                .orElseThrow()
                                .crc32c()
                                .orElse(ObjectChecksum.of(bytes("small"))))
                .isEqualTo(ObjectChecksum.of(bytes("small")));
    }

    @Test
    protected void the_callers_array_may_be_reused_at_once() throws IOException {
        var reused = new byte[100_000];
        try (var upload = store().upload(KEY)) {
            for (var i = 0; i * reused.length < severalParts(); i++) {
                Arrays.fill(reused, (byte) i);
                upload.write(reused, 0, reused.length);
            }
            Arrays.fill(reused, (byte) -1);
            upload.complete();
        }

        var content = read(store(), KEY);
        for (var i = 0; i < content.length; i++)
            if (content[i] != (byte) (i / reused.length))
                throw new AssertionError("byte " + i + " is " + content[i]);
    }

    @Test
    protected void only_the_named_part_of_an_array_is_written() throws IOException {
        try (var upload = store().upload(KEY)) {
            upload.write(bytes("0123456789"), 3, 4);
            upload.write(bytes("0123456789"), 0, 0);
            upload.complete();
        }

        assertThat(read(store(), KEY)).isEqualTo(bytes("3456"));
    }

    @Test
    protected void nothing_is_visible_before_an_upload_completes() {
        try (var upload = store().upload(KEY)) {
            write(upload, random(severalParts()));

            assertThat(store().stat(KEY)).isEmpty();
            assertThat(store().document(KEY)).isEmpty();
            assertThat(sameStoreElsewhere().list("")).isEmpty();
        }
    }

    @Test
    protected void an_upload_that_is_closed_without_completing_leaves_nothing() {
        try (var upload = store().upload(KEY)) {
            write(upload, random(severalParts()));
        }

        assertThat(store().stat(KEY)).isEmpty();
        assertThat(store().list("")).isEmpty();
        assertThat(store().pendingUploads("")).isEmpty();
    }

    @Test
    protected void closing_a_completed_upload_does_not_remove_the_object() {
        var upload = store().upload(KEY);
        write(upload, bytes("content"));
        upload.complete();

        upload.close();
        upload.close();

        assertThat(content(KEY)).isEqualTo("content");
    }

    @Test
    protected void an_upload_onto_an_existing_key_is_refused_and_changes_nothing() {
        store().create(KEY, bytes("first"));

        assertProblem(
                ErrorCode.OBJECT_EXISTS,
                () -> {
                    try (var upload = sameStoreElsewhere().upload(KEY)) {
                        write(upload, random(severalParts()));
                        upload.complete();
                    }
                });

        assertThat(content(KEY)).isEqualTo("first");
        assertThat(store().pendingUploads("")).isEmpty();
    }

    @Test
    protected void a_key_that_appears_during_an_upload_is_not_overwritten() {
        assertProblem(
                ErrorCode.OBJECT_EXISTS,
                () -> {
                    try (var upload = store().upload(KEY)) {
                        write(upload, random(severalParts()));
                        sameStoreElsewhere().create(KEY, bytes("faster"));
                        upload.complete();
                    }
                });

        assertThat(content(KEY)).isEqualTo("faster");
        assertThat(store().pendingUploads("")).isEmpty();
    }

    @Test
    protected void a_key_that_appears_during_a_small_upload_is_not_overwritten() {
        assertProblem(
                ErrorCode.OBJECT_EXISTS,
                () -> {
                    try (var upload = store().upload(KEY)) {
                        write(upload, bytes("slower"));
                        sameStoreElsewhere().create(KEY, bytes("faster"));
                        upload.complete();
                    }
                });

        assertThat(content(KEY)).isEqualTo("faster");
    }

    @Test
    protected void of_concurrent_uploads_exactly_one_wins_and_its_content_is_whole()
            throws IOException {
        var contents =
                IntStream.range(0, WRITERS).mapToObj(i -> random(severalParts(), i)).toList();
        var stores = List.of(store(), sameStoreElsewhere());

        var wins =
                together(i -> {
                    try (var upload = stores.get(i % 2).upload(KEY)) {
                        write(upload, contents.get(i));
                        upload.complete();
                        return true;
                    } catch (Problem lost) {
                        assertThat(lost.code()).isEqualTo(ErrorCode.OBJECT_EXISTS);
                        return false;
                    }
                });

        assertThat(wins).filteredOn(win -> win).hasSize(1);
        assertThat(read(store(), KEY)).isEqualTo(contents.get(wins.indexOf(true)));
        assertThat(store().pendingUploads("")).isEmpty();
    }

    // Uploads of processes that died

    @Test
    protected void an_upload_that_nobody_ends_is_shown_and_can_be_aborted_from_elsewhere() {
        abandon(KEY);

        var pending = pendingElsewhere("");
        assertThat(pending).extracting(PendingUpload::key).containsExactly(KEY);
        assertThat(pending.getFirst().begun())
                .isCloseTo(Instant.now(), within(10, ChronoUnit.MINUTES));
        assertThat(store().list("")).isEmpty();

        sameStoreElsewhere().abort(pending.getFirst());

        assertThat(pendingElsewhere("")).isEmpty();
        assertThat(store().list("")).isEmpty();
    }

    @Test
    protected void aborting_twice_succeeds() {
        abandon(KEY);
        var pending = pendingElsewhere("").getFirst();

        store().abort(pending);

        assertThatCode(() -> store().abort(pending)).doesNotThrowAnyException();
    }

    @Test
    protected void an_abandoned_upload_does_not_stand_in_the_way_of_the_next() throws IOException {
        abandon(KEY);

        upload(KEY, bytes("next"));

        assertThat(read(store(), KEY)).isEqualTo(bytes("next"));
        assertThat(pendingElsewhere("")).hasSize(1);
    }

    @Test
    protected void aborting_one_of_two_uploads_of_a_key_leaves_the_other() throws IOException {
        var content = random(severalParts());
        abandon(KEY);
        var abandoned = pendingElsewhere("").getFirst();

        try (var upload = store().upload(KEY)) {
            write(upload, content);
            sameStoreElsewhere().abort(abandoned);
            upload.complete();
        }

        assertThat(read(store(), KEY)).isEqualTo(content);
        assertThat(pendingElsewhere("")).isEmpty();
    }

    @Test
    protected void an_upload_that_someone_else_aborted_cannot_complete() {
        assertThatThrownBy(
                        () -> {
                            try (var upload = store().upload(KEY)) {
                                write(upload, random(severalParts()));
                                pendingElsewhere("").forEach(sameStoreElsewhere()::abort);
                                upload.complete();
                            }
                        })
                .isInstanceOf(Problem.class);

        assertThat(store().list("")).isEmpty();
        assertThat(pendingElsewhere("")).isEmpty();
    }

    @Test
    protected void pending_uploads_are_found_by_prefix_with_their_keys_intact() {
        var strange = new ObjectKey("app/50% off+ü/data 1.zst");
        abandon(strange);
        abandon(new ObjectKey("app_test/data.zst"));

        assertThat(pendingElsewhere("app/"))
                .extracting(PendingUpload::key)
                .containsExactly(strange);
        assertThat(pendingElsewhere("app")).hasSize(2);
        assertThat(pendingElsewhere("other")).isEmpty();
    }

    // Read

    @Test
    protected void a_range_is_exactly_its_bytes() throws IOException {
        var content = random(severalParts());
        upload(KEY, content);

        for (var range :
                List.of(
                        new ByteRange(0, 1),
                        new ByteRange(content.length - 1, 1),
                        new ByteRange(12_345, 100_000),
                        new ByteRange(0, content.length)))
            try (var in = store().read(KEY, range)) {
                assertThat(in.readAllBytes())
                        .isEqualTo(
                                Arrays.copyOfRange(
                                        content, (int) range.offset(), (int) range.end()));
            }
    }

    @Test
    protected void a_range_behind_the_end_is_damage_and_not_a_short_read() {
        store().create(KEY, bytes("0123456789"));

        for (var range : List.of(new ByteRange(5, 6), new ByteRange(10, 1), new ByteRange(99, 1)))
            assertProblem(
                    ErrorCode.OBJECT_DAMAGED,
                    () -> {
                        try (var in = store().read(KEY, range)) {
                            in.readAllBytes();
                        }
                    });
    }

    @Test
    protected void reading_what_is_not_there_is_a_problem_and_looking_for_it_is_not() {
        assertProblem(ErrorCode.OBJECT_MISSING, () -> store().read(KEY).close());
        assertProblem(
                ErrorCode.OBJECT_MISSING, () -> store().read(KEY, new ByteRange(0, 1)).close());
        assertThat(store().stat(KEY)).isEmpty();
        assertThat(store().document(KEY)).isEmpty();
    }

    @Test
    protected void a_reader_may_leave_in_the_middle() throws IOException {
        upload(KEY, random(severalParts()));

        for (var i = 0; i < 100; i++)
            try (var in = store().read(KEY)) {
                assertThat(in.read()).isNotNegative();
            }
    }

    @Test
    protected void a_folder_of_objects_is_not_an_object() {
        store().create(new ObjectKey("app/data"), bytes("x"));

        assertThat(store().stat(new ObjectKey("app"))).isEmpty();
        assertThat(store().document(new ObjectKey("app"))).isEmpty();
        assertProblem(ErrorCode.OBJECT_MISSING, () -> store().read(new ObjectKey("app")).close());
        store().delete(new ObjectKey("app"));
        assertThat(keys("")).containsExactly("app/data");
    }

    @Test
    protected void an_object_is_not_a_folder() {
        store().create(new ObjectKey("app"), bytes("x"));

        assertThat(store().stat(new ObjectKey("app/data"))).isEmpty();
        assertThat(store().document(new ObjectKey("app/data"))).isEmpty();
        assertThat(keys("app/")).isEmpty();
        store().delete(new ObjectKey("app/data"));
        assertThat(keys("")).containsExactly("app");
    }

    // Documents

    @Test
    protected void a_document_has_a_limit() {
        var tooLarge = new byte[ObjectReader.DOCUMENT_LIMIT + 1];
        upload(KEY, tooLarge);

        assertProblem(ErrorCode.DOCUMENT_INVALID, () -> store().document(KEY));
        assertProblem(
                ErrorCode.UPLOAD_TOO_LARGE, () -> store().create(KEY.sibling("other"), tooLarge));
        assertProblem(
                ErrorCode.UPLOAD_TOO_LARGE, () -> store().put(KEY.sibling("other"), tooLarge));
        assertThat(keys("")).containsExactly(KEY.value());
    }

    // List

    @Test
    protected void the_list_is_in_the_order_of_the_keys_bytes() {
        // As UTF-16 the emoji would come before the full-width A; a slash sorts behind minus and
        // dot.
        var inOrder =
                List.of(
                        "a b/x",
                        "a!",
                        "a%20b",
                        "a+b",
                        "a-b/x",
                        "a.b",
                        "a/b",
                        "a/b-c",
                        "a/b.c",
                        "a/bc",
                        "a0",
                        "aA",
                        "a_b/x",
                        "a~",
                        "b/B",
                        "b/b",
                        "é",
                        "\uFF21",
                        "\uD83D\uDE00");
        inOrder.reversed().forEach(key -> store().create(new ObjectKey(key), bytes(key)));

        assertThat(keys("")).isEqualTo(inOrder);
    }

    @Test
    protected void a_prefix_is_text_and_only_with_a_slash_a_folder() {
        for (var key : List.of("app/1", "app_test/1", "ap/1", "b/app/1"))
            store().create(new ObjectKey(key), bytes(key));

        assertThat(keys("app")).containsExactly("app/1", "app_test/1");
        assertThat(keys("app/")).containsExactly("app/1");
        assertThat(keys("app/1")).containsExactly("app/1");
        assertThat(keys("app/1/")).isEmpty();
        assertThat(keys("nothing")).isEmpty();
        assertThat(keys("../")).isEmpty();
    }

    @Test
    protected void keys_with_unusual_characters_come_back_as_they_were() throws IOException {
        var strange = unusualKeys();
        for (var key : strange) assertThat(store().create(new ObjectKey(key), bytes(key))).isTrue();

        assertThat(keys("")).containsExactlyInAnyOrderElementsOf(strange);
        for (var key : strange) {
            assertThat(read(store(), new ObjectKey(key))).asString(UTF_8).isEqualTo(key);
            assertThat(content(new ObjectKey(key))).isEqualTo(key);
            assertThat(store().stat(new ObjectKey(key)).orElseThrow().key().value()).isEqualTo(key);
            assertThat(keys(key)).contains(key);
            store().delete(new ObjectKey(key));
        }
        assertThat(keys("")).isEmpty();
    }

    /// Keys that encodings, shells, file systems and URLs like to change.
    protected List<String> unusualKeys() {
        return List.of(
                "a%20b",
                "a%2520b",
                "a b",
                "a+b",
                "a%2Fb",
                "a&b=c?d#e",
                "a\"'<>b",
                "a\\b",
                "ä/ß",
                "日本/データ",
                "\uD83D\uDE00",
                "a:b*c|d",
                ".hidden",
                ".incoming/x",
                "x~1",
                "~",
                "-rf",
                "$(id)",
                "a;b",
                "{a}",
                "[a]",
                "con",
                "Ａ",
                "e\u0301",
                "\u00e9",
                "a  b",
                "a.");
    }

    @Test
    protected void a_long_list_is_complete_and_sizes_are_right() {
        var expected = new ArrayList<String>();
        for (var i = 0; i < longList(); i++) {
            var key = "wal/%05d".formatted(i);
            store().create(new ObjectKey(key), new byte[i % 7]);
            expected.add(key + " " + i % 7);
        }

        try (var list = store().list("wal/")) {
            assertThat(list.map(stored -> stored.key() + " " + stored.size())).isEqualTo(expected);
        }
    }

    /// More than one page of the store's list.
    protected int longList() {
        return 1_200;
    }

    @Test
    protected void a_list_can_be_left_early() {
        for (var i = 0; i < 5; i++) store().create(new ObjectKey("k" + i), bytes("x"));

        try (var list = store().list("")) {
            assertThat(list.limit(2).map(stored -> stored.key().value()))
                    .containsExactly("k0", "k1");
        }
    }

    @Test
    protected void what_is_listed_can_be_deleted_while_listing() {
        for (var i = 0; i < 5; i++) store().create(new ObjectKey("folder" + i + "/k"), bytes("x"));

        try (var list = store().list("")) {
            list.forEach(stored -> store().delete(stored.key()));
        }

        assertThat(keys("")).isEmpty();
    }

    // Delete

    @Test
    protected void deleting_removes_and_only_what_was_named() {
        store().create(new ObjectKey("app/1"), bytes("x"));
        store().create(new ObjectKey("app/10"), bytes("x"));

        store().delete(new ObjectKey("app/1"));

        assertThat(keys("")).containsExactly("app/10");
        assertThat(store().stat(new ObjectKey("app/1"))).isEmpty();
    }

    @Test
    protected void deleting_a_missing_object_succeeds() {
        store().create(KEY, bytes("x"));
        store().delete(KEY);

        assertThatCode(() -> store().delete(KEY)).doesNotThrowAnyException();
        assertThatCode(() -> store().delete(new ObjectKey("nope"))).doesNotThrowAnyException();
    }

    @Test
    protected void writers_and_deleters_of_one_folder_do_not_disturb_each_other() {
        // In a directory, a deleter takes away the folder that a writer is about to write into.
        var failures =
                together(i -> {
                    for (var round = 0; round < 20; round++) {
                        var key = new ObjectKey("a/b/c/" + i);
                        if (!store().create(key, bytes("x"))) return "not created";
                        if (store().stat(key).isEmpty()) return "not there";
                        store().delete(key);
                    }
                    return "fine";
                });

        assertThat(failures).containsOnly("fine");
        assertThat(keys("")).isEmpty();
    }

    // The address

    @Test
    protected void the_address_reads_back_as_the_same_address() {
        assertThat(StoreUri.parse(store().uri().toString())).isEqualTo(store().uri());
    }

    // Helpers

    /// Begins an upload and forgets it, as a process does that is killed.
    private void abandon(ObjectKey key) {
        write(store().upload(key), random(severalParts()));
    }

    private List<PendingUpload> pendingElsewhere(String prefix) {
        try (var pending = sameStoreElsewhere().pendingUploads(prefix)) {
            return pending.toList();
        }
    }

    private StoredObject upload(ObjectKey key, byte[] content) {
        try (var upload = store().upload(key)) {
            write(upload, content);
            return upload.complete();
        }
    }

    private static void write(ObjectUpload upload, byte[] content) {
        // An odd size, so that the ends of writes and of parts do not fall together.
        for (var at = 0; at < content.length; at += 300_007)
            upload.write(content, at, Math.min(300_007, content.length - at));
    }

    private List<String> keys(String prefix) {
        try (var list = store().list(prefix)) {
            return list.map(stored -> stored.key().value()).toList();
        }
    }

    private Document document(ObjectKey key) {
        return store().document(key).orElseThrow();
    }

    private String content(ObjectKey key) {
        return new String(document(key).content(), UTF_8);
    }

    private static byte[] read(ObjectReader store, ObjectKey key) throws IOException {
        try (var in = store.read(key)) {
            return in.readAllBytes();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] filled(char letter) {
        return bytes(String.valueOf(letter).repeat(10_000));
    }

    private static byte[] random(int size) {
        return random(size, size);
    }

    private static byte[] random(int size, int seed) {
        var content = new byte[size];
        new Random(seed).nextBytes(content);
        return content;
    }

    private static void assertProblem(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(code));
    }

    /// What each writer got, when all of them start at the same moment.
    private static <T> List<T> together(IntFunction<T> writer) {
        var start = new CountDownLatch(1);
        try (var threads = Executors.newFixedThreadPool(WRITERS)) {
            var results = new ArrayList<Future<T>>();
            for (var i = 0; i < WRITERS; i++) {
                var number = i;
                results.add(
                        threads.submit(() -> {
                            start.await();
                            return writer.apply(number);
                        }));
            }
            start.countDown();
            var answers = new ArrayList<T>();
            for (var result : results) answers.add(result.get());
            return answers;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
