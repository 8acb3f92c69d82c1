package io.pgvigil.aws.s3;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.ObjectStoreContract;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The contract against an S3 that others wrote: it reads our requests with other eyes than ours.
///
/// It is not atomic and mixes up several uploads of one key, so the promises about these are tested
/// on [FakeS3] alone; here the same situations happen one after the other.
final class S3StoreOnMockTest extends ObjectStoreContract {
    private final StoreUri.S3 uri = MockS3.freshUri();
    private final S3Store store = MockS3.store(uri, MockS3.endpoint());
    private final S3Store elsewhere = MockS3.store(uri, MockS3.endpoint());

    @AfterEach
    void stop() {
        store.close();
        elsewhere.close();
    }

    @Override
    protected ObjectStore store() {
        return store;
    }

    @Override
    protected ObjectStore sameStoreElsewhere() {
        return elsewhere;
    }

    @Override
    protected int severalParts() {
        return (17 << 20) + 11;
    }

    @Override
    protected int longList() {
        // Its lists get slower with every object; pages are tested on FakeS3.
        return 50;
    }

    @Override
    protected List<String> unusualKeys() {
        // Its web server refuses every path with a backslash.
        return super.unusualKeys().stream().filter(key -> !key.contains("\\")).toList();
    }

    @Test
    @Override
    protected void of_concurrent_creates_exactly_one_wins_and_its_content_is_there() {
        creating_what_exists_says_so_and_changes_nothing();
    }

    @Test
    @Override
    protected void of_concurrent_replaces_of_one_state_exactly_one_wins() {
        // It compares and writes in two steps: both writers see the state that they expect.
        replace_with_a_stale_token_changes_nothing();
    }

    @Test
    @Override
    protected void readers_never_see_a_mixture_while_an_object_is_replaced() {
        // It truncates the file that it is sending.
        put_writes_whatever_was_there();
    }

    @Test
    @Override
    protected void of_concurrent_uploads_exactly_one_wins_and_its_content_is_whole() {
        // All uploads of a key share one folder for their parts.
        an_upload_onto_an_existing_key_is_refused_and_changes_nothing();
    }

    @Test
    @Override
    protected void aborting_one_of_two_uploads_of_a_key_leaves_the_other() {
        // Aborting one removes the parts of the other.
        an_upload_that_is_closed_without_completing_leaves_nothing();
    }

    @Test
    @Override
    protected void a_key_that_appears_during_an_upload_is_not_overwritten() {
        // Aborting the upload that lost removes the object that won.
        a_key_that_appears_during_a_small_upload_is_not_overwritten();
    }

    @Test
    @Override
    protected void the_list_is_in_the_order_of_the_keys_bytes() {
        // It sorts as UTF-16, which differs from UTF-8 only behind U+D7FF.
        for (var key : new String[] {"a/b", "a-b", "aa", "é", "Z"})
            store.create(new ObjectKey(key), new byte[0]);

        try (var list = store.list("")) {
            assertThat(list.map(stored -> stored.key().value()))
                    .containsExactly("Z", "a-b", "a/b", "aa", "é");
        }
    }
}
