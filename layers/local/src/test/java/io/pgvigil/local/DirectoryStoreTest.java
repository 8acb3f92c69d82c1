package io.pgvigil.local;

import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.testkit.ObjectStoreContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryStoreTest extends ObjectStoreContract {
    @TempDir Path folder;

    @Override
    protected ObjectStore store() {
        return new DirectoryStore(new StoreUri.Directory(folder.resolve("store")));
    }

    @Override
    protected ObjectStore sameStoreElsewhere() {
        return store();
    }

    @Override
    protected int longList() {
        // There are no pages here, and every create waits for the disk.
        return 100;
    }
}
