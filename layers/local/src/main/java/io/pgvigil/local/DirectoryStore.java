package io.pgvigil.local;

import io.pgvigil.core.problem.*;
import io.pgvigil.core.store.*;
import java.io.*;
import java.nio.channels.FileChannel;
import java.nio.file.*;
import java.time.Instant;
import java.util.*;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

public final class DirectoryStore implements ObjectStore {
    private final StoreUri.Directory uri;
    private final Path root;
    public DirectoryStore(StoreUri.Directory uri) { this.uri = uri; this.root = uri.path(); }
    public StoreUri uri() { return uri; }
    private Path path(ObjectKey k) { return root.resolve(k.value()); }
    private Problem fail(IOException e) { return new Problem(ErrorCode.STORE_FAILED, "store failed " + e, "Look.", e); }
    public Optional<StoredObject> stat(ObjectKey key) {
        try { var p = path(key); if (!Files.isRegularFile(p)) return Optional.empty();
            return Optional.of(new StoredObject(key, Files.size(p), Files.getLastModifiedTime(p).toInstant(), Optional.empty(), Optional.empty())); } catch (IOException e) { throw fail(e); }
    }
    public Optional<Document> document(ObjectKey key) {
        try { return Optional.of(doc(key, Files.readAllBytes(path(key)))); } catch (NoSuchFileException e) { return Optional.empty(); } catch (IOException e) { throw fail(e); }
    }
    private Document doc(ObjectKey k, byte[] b) { return new Document(k, b, Integer.toHexString(Arrays.hashCode(b)) + b.length); }
    public InputStream read(ObjectKey key) {
        try { return Files.newInputStream(path(key)); } catch (NoSuchFileException e) { throw new Problem(ErrorCode.OBJECT_MISSING, key + " is missing", "Restore another."); } catch (IOException e) { throw fail(e); }
    }
    public InputStream read(ObjectKey key, ByteRange range) {
        try { var in = read(key); in.skipNBytes(range.offset()); return new ByteArrayInputStream(in.readNBytes((int) range.length())); } catch (IOException e) { throw fail(e); }
    }
    public Stream<StoredObject> list(String prefix) {
        if (!Files.isDirectory(root)) return Stream.of();
        try (var w = Files.walk(root)) {
            return w.filter(Files::isRegularFile).map(p -> root.relativize(p).toString()).filter(n -> !n.startsWith(".incoming")).filter(n -> n.startsWith(prefix)).sorted().map(ObjectKey::new).map(k -> stat(k).orElseThrow()).toList().stream();
        } catch (IOException e) { throw fail(e); }
    }
    public Stream<PendingUpload> pendingUploads(String prefix) { return Stream.of(); }
    public synchronized boolean create(ObjectKey key, byte[] content) {
        if (Files.exists(path(key))) return false; put(key, content); return true;
    }
    public synchronized boolean replace(ObjectKey key, byte[] content, String token) {
        var d = document(key); if (d.isEmpty() || !d.get().token().equals(token)) return false; put(key, content); return true;
    }
    public void put(ObjectKey key, byte[] content) {
        try { Files.createDirectories(path(key).getParent()); Files.write(path(key), content); } catch (IOException e) { throw fail(e); }
    }
    public ObjectUpload upload(ObjectKey key) {
        try { Files.createDirectories(path(key).getParent());
        var tmp = Files.createTempFile("up", ".tmp"); var out = Files.newOutputStream(tmp); var crc = new CRC32C();
        return new ObjectUpload() {
            long n; boolean done;
            public void write(byte[] b, int o, int l) { try { out.write(b, o, l); crc.update(b, o, l); n += l; } catch (IOException e) { throw fail(e); } }
            public StoredObject complete() { try { out.close(); Files.move(tmp, path(key)); done = true; return new StoredObject(key, n, Instant.EPOCH, Optional.of("%08x".formatted(crc.getValue())), Optional.empty()); } catch (IOException e) { throw fail(e); } }
            public void close() { try { out.close(); if (!done) Files.deleteIfExists(tmp); } catch (IOException e) { throw fail(e); } }
        }; } catch (IOException e) { throw fail(e); }
    }
    public void delete(ObjectKey key) { try { Files.deleteIfExists(path(key)); } catch (IOException e) { throw fail(e); } }
    public void abort(PendingUpload upload) {}
}
