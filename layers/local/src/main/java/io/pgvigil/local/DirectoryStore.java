package io.pgvigil.local;

import io.pgvigil.core.Sha256;
import io.pgvigil.core.problem.ErrorCode;
import io.pgvigil.core.problem.Problem;
import io.pgvigil.core.store.Access;
import io.pgvigil.core.store.ByteRange;
import io.pgvigil.core.store.Document;
import io.pgvigil.core.store.Locking;
import io.pgvigil.core.store.ObjectKey;
import io.pgvigil.core.store.ObjectStore;
import io.pgvigil.core.store.ObjectUpload;
import io.pgvigil.core.store.PendingUpload;
import io.pgvigil.core.store.RetrievalSpeed;
import io.pgvigil.core.store.StorageClass;
import io.pgvigil.core.store.StoreRules;
import io.pgvigil.core.store.StoreUri;
import io.pgvigil.core.store.StoredObject;
import io.pgvigil.core.store.VerifiedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// A store in a directory, on a disk or a network mount.
///
/// - An object is a file; its path is the key, with unusual characters as `%XX` (see [FileNames]),
///   so that `cat`, `zstd -d` and `pg_restore` work on it.
/// - An object grows under `.incoming/`, is flushed to the disk, and then gets its name by a hard
///   link, which fails when the name is taken: half a file never has a name. A crash leaves files
///   in `.incoming/` at most, and [#pendingUploads] shows them.
/// - `put`, `replace` and `delete` take turns through the lock file `.lock`; the token of a document
///   is the SHA-256 of its content.
/// - The first write creates the directory itself but not the ones above it: a mount that is
///   missing must not fill the disk underneath. Until then, a directory that could be created reads
///   as an empty store; one whose parent is missing is `STORE_MISSING`.
/// - A lock is a file under `.locks/` and the read-only bit (see [FileLocks]).
/// - The checksum of an object is kept in an extended attribute where the file system has them.
///
/// Who copies such a directory copies the store; `.incoming/` and `.lock` may be left out.
public final class DirectoryStore implements ObjectStore {
    private static final String INCOMING = ".incoming";

    /// Between a key and the upload's own id; no name of a key has it unencoded.
    private static final char ID_SEPARATOR = '~';

    /// How often a folder may vanish under a write because a deleter found it empty.
    private static final int FOLDER_ATTEMPTS = 1_000;

    private final StoreUri.Directory uri;
    private final Path root;
    private final Path incoming;
    private final StoreLock lock;
    private final FileLocks locks;

    public DirectoryStore(StoreUri.Directory uri) {
        this(uri, InstantSource.system());
    }

    /// @param clock by which locks end
    public DirectoryStore(StoreUri.Directory uri, InstantSource clock) {
        this.uri = uri;
        this.root = uri.path().toAbsolutePath().normalize();
        this.incoming = root.resolve(INCOMING);
        this.lock = new StoreLock(root);
        this.locks = new FileLocks(this, root, lock, clock);
    }

    @Override
    public StoreUri uri() {
        return uri;
    }

    /// The file that is, or would be, the object; for the command line that restores it by hand.
    public Path file(ObjectKey key) {
        return under(root, key);
    }

    private static Path under(Path top, ObjectKey key) {
        var path = top;
        for (var segment : key.value().split("/")) path = path.resolve(FileNames.of(segment, key));
        return path;
    }

    // Reading

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return attempt("look up " + key, () -> existing(key).map(is -> stored(key, is)));
    }

    private Optional<BasicFileAttributes> existing(ObjectKey key) throws IOException {
        requireReadable();
        return Disk.attributes(file(key)).filter(BasicFileAttributes::isRegularFile);
    }

    private StoredObject stored(ObjectKey key, BasicFileAttributes is) {
        return new StoredObject(
                key,
                is.size(),
                is.lastModifiedTime().toInstant(),
                Disk.crc32c(file(key)),
                Optional.empty());
    }

    @Override
    public Optional<Document> document(ObjectKey key) {
        return attempt("read " + key, () -> content(key))
                .map(content -> new Document(key, content, Sha256.hex(content)));
    }

    private Optional<byte[]> content(ObjectKey key) throws IOException {
        var is = existing(key);
        if (is.isEmpty()) return Optional.empty();
        if (is.get().size() > DOCUMENT_LIMIT)
            throw new Problem(
                    ErrorCode.DOCUMENT_INVALID,
                    "object " + key + " is too large for a document: " + is.get().size() + " bytes",
                    "Documents have at most " + DOCUMENT_LIMIT + " bytes; is this another object?");
        try {
            return Optional.of(Files.readAllBytes(file(key)));
        } catch (NoSuchFileException deletedMeanwhile) {
            return Optional.empty();
        }
    }

    @Override
    public InputStream read(ObjectKey key) {
        return attempt(
                "read " + key,
                () -> {
                    try {
                        // Opened first: size and checksum are then asked of a file that stays.
                        var in = Files.newInputStream(file(key));
                        var stored = existing(key).map(is -> stored(key, is));
                        if (stored.isPresent())
                            return new VerifiedInputStream(
                                    in, key, stored.get().size(), stored.get().crc32c());
                        in.close();
                    } catch (FileSystemException e) {
                        if (existing(key).isPresent()) throw e;
                    }
                    throw missing(key);
                });
    }

    @Override
    public InputStream read(ObjectKey key, ByteRange range) {
        return attempt(
                "read " + key,
                () -> {
                    var is = existing(key).orElseThrow(() -> missing(key));
                    if (range.end() > is.size())
                        throw new Problem(
                                ErrorCode.OBJECT_DAMAGED,
                                "object "
                                        + key
                                        + " has "
                                        + is.size()
                                        + " bytes where "
                                        + range.end()
                                        + " are needed",
                                "Restore from another backup or copy, and check the storage"
                                        + " underneath.");
                    return FileRange.open(file(key), range);
                });
    }

    private Problem missing(ObjectKey key) {
        return new Problem(
                ErrorCode.OBJECT_MISSING,
                "object " + key + " is not in " + uri,
                "List the store to see what is there; was it deleted meanwhile?");
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        attempt(
                "list objects",
                () -> {
                    requireReadable();
                    return true;
                });
        var files = new FileWalk(root, prefix);
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(files, Spliterator.ORDERED), false)
                .map(found -> stored(found.key(), found.attributes()));
    }

    @Override
    public Stream<PendingUpload> pendingUploads(String prefix) {
        return attempt(
                "list uploads",
                () -> {
                    requireReadable();
                    if (!Files.isDirectory(incoming)) return Stream.empty();
                    try (var files = Files.walk(incoming)) {
                        return files
                                .flatMap(file -> pending(file).stream())
                                .filter(upload -> upload.key().value().startsWith(prefix))
                                .toList()
                                .stream();
                    } catch (UncheckedIOException e) {
                        throw e.getCause();
                    }
                });
    }

    private Optional<PendingUpload> pending(Path file) {
        var id = incoming.relativize(file);
        var text = id.toString();
        var separator = text.lastIndexOf(ID_SEPARATOR);
        if (separator < 0) return Optional.empty();
        var key = new StringBuilder();
        for (var name : Path.of(text.substring(0, separator))) {
            var segment = FileNames.segment(name.toString());
            if (segment.isEmpty()) return Optional.empty();
            key.append(key.isEmpty() ? "" : "/").append(segment.get());
        }
        try {
            var is = Disk.attributes(file).filter(BasicFileAttributes::isRegularFile);
            if (is.isEmpty()) return Optional.empty();
            var begun = is.get().lastModifiedTime().toInstant();
            return ObjectKey.ifValid(key.toString())
                    .map(valid -> new PendingUpload(valid, text, begun));
        } catch (IOException e) {
            throw Disk.problem(e, "list uploads", root);
        }
    }

    // Writing

    @Override
    public boolean create(ObjectKey key, byte[] content) {
        return attempt(
                "create " + key,
                () -> {
                    if (existing(key).isPresent()) return false;
                    var temporary = written(key, content);
                    try {
                        return publish(temporary, key);
                    } finally {
                        discard(temporary);
                    }
                });
    }

    @Override
    public boolean replace(ObjectKey key, byte[] content, String token) {
        return attempt(
                "replace " + key,
                () -> {
                    if (existing(key).isEmpty()) return false;
                    var temporary = written(key, content);
                    try {
                        return lock.holding(() -> {
                            var current = content(key).map(Sha256::hex);
                            if (!current.equals(Optional.of(token))) return false;
                            locks.requireFree(key);
                            moveInto(temporary, key);
                            return true;
                        });
                    } finally {
                        discard(temporary);
                    }
                });
    }

    @Override
    public void put(ObjectKey key, byte[] content) {
        attempt(
                "write " + key,
                () -> {
                    var temporary = written(key, content);
                    try {
                        return lock.holding(() -> {
                            locks.requireFree(key);
                            moveInto(temporary, key);
                            return true;
                        });
                    } finally {
                        discard(temporary);
                    }
                });
    }

    @Override
    public ObjectUpload upload(ObjectKey key) {
        return attempt(
                "upload " + key,
                () -> {
                    if (existing(key).isPresent()) throw exists(key);
                    return new FileUpload(this, key, begin(key));
                });
    }

    @Override
    public void delete(ObjectKey key) {
        attempt(
                "delete " + key,
                () -> {
                    if (existing(key).isEmpty()) return false;
                    // In turn with replace, which must not bring back what was deleted.
                    return lock.holding(() -> {
                        locks.requireFree(key);
                        locks.forget(key);
                        var file = file(key);
                        var folder = parent(file);
                        if (Files.isRegularFile(file)) Files.deleteIfExists(file);
                        if (Files.isDirectory(folder)) Disk.sync(folder);
                        Disk.removeEmptyFolders(folder, root);
                        return true;
                    });
                });
    }

    @Override
    public void assign(ObjectKey key, String tier, StorageClass to) {
        // A directory has one place for everything.
    }

    @Override
    public Access access(ObjectKey key) {
        return Access.AT_ONCE;
    }

    @Override
    public void retrieve(ObjectKey key, RetrievalSpeed speed, Duration kept) {
        // Nor has it an archive.
    }

    @Override
    public Optional<StoreRules> rules() {
        return Optional.empty();
    }

    @Override
    public Optional<Locking> locking() {
        return Optional.of(locks);
    }

    @Override
    public void abort(PendingUpload upload) {
        var file = incoming.resolve(upload.id()).normalize();
        if (!file.startsWith(incoming) || upload.id().indexOf(ID_SEPARATOR) < 0)
            throw new IllegalArgumentException("not an upload of this store: " + upload.id());
        attempt(
                "abort the upload of " + upload.key(),
                () -> {
                    if (Disk.attributes(file).isPresent()) Files.deleteIfExists(file);
                    Disk.removeEmptyFolders(parent(file), incoming);
                    return true;
                });
    }

    /// A new empty file for the object to grow in.
    private Path begin(ObjectKey key) throws IOException {
        requireWritable();
        var id = ID_SEPARATOR + UUID.randomUUID().toString().substring(0, 18).replace("-", "");
        var wanted = under(incoming, key);
        var file = wanted.resolveSibling(wanted.getFileName() + id);
        for (var attempt = 1; ; attempt++)
            try {
                // Not synced: what is here at a power cut is debris anyway.
                Disk.createPassingFolders(parent(file));
                Disk.create(file).close();
                return file;
            } catch (NoSuchFileException folderVanished) {
                if (attempt == FOLDER_ATTEMPTS) throw folderVanished;
            }
    }

    private Path written(ObjectKey key, byte[] content) throws IOException {
        if (content.length > DOCUMENT_LIMIT)
            throw new Problem(
                    ErrorCode.UPLOAD_TOO_LARGE,
                    "object " + key + " is too large for a document: " + content.length + " bytes",
                    "Documents have at most " + DOCUMENT_LIMIT + " bytes.");
        var file = begin(key);
        try (var upload = new FileUpload(this, key, file)) {
            upload.write(content, 0, content.length);
            return upload.handOver();
        }
    }

    /// Gives the file its name unless the name is taken.
    boolean publish(Path temporary, ObjectKey key) throws IOException {
        var file = file(key);
        for (var attempt = 1; ; attempt++)
            try {
                createFoldersOf(file, key);
                if (!linked(temporary, file, key)) return false;
                Disk.sync(parent(file));
                // Last: until the link is on the disk, the file under .incoming is the only one.
                discard(temporary);
                return true;
            } catch (NoSuchFileException vanished) {
                if (!Files.exists(temporary)) throw aborted(key);
                // A deleter found the folder empty between our two steps.
                if (attempt == FOLDER_ATTEMPTS) throw vanished;
            }
    }

    private boolean linked(Path temporary, Path file, ObjectKey key) throws IOException {
        try {
            Files.createLink(file, temporary);
            return true;
        } catch (FileAlreadyExistsException e) {
            if (Files.isDirectory(file)) {
                removeEmptyFolder(file, key);
                return linked(temporary, file, key);
            }
            // A network file system may have lost the answer to a link that it made.
            return Files.isSameFile(temporary, file);
        } catch (NoSuchFileException | AccessDeniedException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException noHardLinks) {
            // exFAT, some network mounts: no process can link here, so all of them take turns.
            return lock.holding(() -> {
                if (Files.exists(file)) return false;
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
                return true;
            });
        }
    }

    private void moveInto(Path temporary, ObjectKey key) throws IOException {
        var file = file(key);
        for (var attempt = 1; ; attempt++)
            try {
                createFoldersOf(file, key);
                if (Files.isDirectory(file)) removeEmptyFolder(file, key);
                Files.move(
                        temporary,
                        file,
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                Disk.sync(parent(file));
                return;
            } catch (NoSuchFileException vanished) {
                if (!Files.exists(temporary)) throw aborted(key);
                if (attempt == FOLDER_ATTEMPTS) throw vanished;
            }
    }

    private static void createFoldersOf(Path file, ObjectKey key) throws IOException {
        try {
            Disk.createFolders(parent(file));
        } catch (FileAlreadyExistsException e) {
            throw folderOfAnother(key);
        } catch (NoSuchFileException e) {
            throw e;
        } catch (FileSystemException e) {
            // Where a file stands in place of a folder, the error differs among systems.
            if (Disk.attributes(parent(file)).isEmpty()) throw folderOfAnother(key);
            throw e;
        }
    }

    private static void removeEmptyFolder(Path folder, ObjectKey key) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            throw folderOfAnother(key);
        }
    }

    /// Removes a file under `.incoming`, if it is still there, and what is empty above it.
    void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
            Disk.removeEmptyFolders(parent(temporary), incoming);
        } catch (IOException leftBehind) {
            // It hides nothing and harms nothing, and pendingUploads shows it.
        }
    }

    static Path parent(Path file) {
        var parent = file.getParent();
        if (parent == null) throw new IllegalStateException("no object is at " + file);
        return parent;
    }

    Problem exists(ObjectKey key) {
        return new Problem(
                ErrorCode.OBJECT_EXISTS,
                "object " + key + " is already in " + uri,
                "Someone else wrote it; nothing was changed.");
    }

    private static Problem aborted(ObjectKey key) {
        return new Problem(
                ErrorCode.STORE_FAILED,
                "the upload of " + key + " was aborted by someone else",
                "Check that nothing cleans up uploads that are still running, then run it again.");
    }

    private static Problem folderOfAnother(ObjectKey key) {
        return new Problem(
                ErrorCode.STORE_FAILED,
                "key " + key + " is a folder of another key, or the other way round",
                "A directory cannot hold both; choose another name.");
    }

    // The directory itself

    private void requireReadable() {
        if (Files.isDirectory(root)) return;
        // Looked at again: another writer may be making it at this moment.
        if (Files.exists(root) && !Files.isDirectory(root))
            throw new Problem(
                    ErrorCode.STORE_URI_INVALID,
                    "store " + uri + " is not a directory",
                    "Name a directory, or a bucket as s3://bucket/prefix.");
        var parent = root.getParent();
        if (parent == null || !Files.isDirectory(parent))
            throw new Problem(
                    ErrorCode.STORE_MISSING,
                    "store " + uri + " does not exist, and neither does " + parent,
                    "Mount the disk, correct the path, or create " + parent + " first.");
    }

    private void requireWritable() throws IOException {
        requireReadable();
        Disk.createFolders(incoming);
    }

    private interface Deed<T> {
        T run() throws IOException;
    }

    private <T> T attempt(String doing, Deed<T> deed) {
        try {
            return deed.run();
        } catch (IOException e) {
            throw Disk.problem(e, doing, root);
        }
    }

    Problem problem(IOException e, ObjectKey key) {
        return Disk.problem(e, "upload " + key, root);
    }
}
