package io.pgvigil.archive.facts;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hasher128;
import com.dynatrace.hash4j.hashing.Hashing;

/// Adds up the hashes of a table's rows. A row comes in one piece ([#add]) or, when it is too long
/// for memory, in several ([#begin], [#more], [#end]); both give the same sum.
abstract sealed class RowSum {
    static final Hasher128 XXH3 = Hashing.xxh3_128();

    private long high;
    private long low;

    abstract void add(byte[] bytes, int offset, int length);

    abstract void begin();

    abstract void more(byte[] bytes, int offset, int length);

    abstract void end();

    Fingerprint fingerprint() {
        return new Fingerprint(high, low);
    }

    final void plus(HashValue128 hash) {
        var before = low;
        low += hash.getLeastSignificantBits();
        high += hash.getMostSignificantBits();
        if (Long.compareUnsigned(low, before) < 0) high++;
    }

    /// The row as it stands in the archive.
    static final class Plain extends RowSum {
        private final HashStream128 stream = XXH3.hashStream();

        @Override
        void add(byte[] bytes, int offset, int length) {
            plus(XXH3.hashBytesTo128Bits(bytes, offset, length));
        }

        @Override
        void begin() {
            stream.reset();
        }

        @Override
        void more(byte[] bytes, int offset, int length) {
            stream.putBytes(bytes, offset, length);
        }

        @Override
        void end() {
            plus(stream.get());
        }
    }

    /// The row with its fields in an order that does not depend on the table's column order: the hash
    /// of each field's hash and length. Hashing the fields and not their text keeps memory bounded by
    /// the number of columns, however long the row.
    static final class Sorted extends RowSum {
        private static final int FIELD_BYTES = 24;

        /// Where the field that stands at an index goes.
        private final int[] slots;

        private final byte[] fields;
        private final HashStream128 stream = XXH3.hashStream();
        private int field;
        private long fieldLength;

        Sorted(int[] slots) {
            this.slots = slots;
            this.fields = new byte[slots.length * FIELD_BYTES];
        }

        @Override
        void add(byte[] bytes, int offset, int length) {
            field = 0;
            var start = offset;
            var end = offset + length;
            while (true) {
                var tab = Bytes.indexOf(Bytes.TAB, bytes, start, end);
                var fieldEnd = tab < 0 ? end : tab;
                put(XXH3.hashBytesTo128Bits(bytes, start, fieldEnd - start), fieldEnd - start);
                if (tab < 0) break;
                start = tab + 1;
            }
            sum();
        }

        @Override
        void begin() {
            field = 0;
            fieldLength = 0;
            stream.reset();
        }

        @Override
        void more(byte[] bytes, int offset, int length) {
            var start = offset;
            var end = offset + length;
            while (true) {
                var tab = Bytes.indexOf(Bytes.TAB, bytes, start, end);
                var pieceEnd = tab < 0 ? end : tab;
                stream.putBytes(bytes, start, pieceEnd - start);
                fieldLength += pieceEnd - start;
                if (tab < 0) return;
                put(stream.get(), fieldLength);
                stream.reset();
                fieldLength = 0;
                start = tab + 1;
            }
        }

        @Override
        void end() {
            put(stream.get(), fieldLength);
            sum();
        }

        private void put(HashValue128 hash, long length) {
            // A table without columns has one field all the same, the empty one.
            if (slots.length > 0 || field > 0 || length > 0) {
                if (field >= slots.length) throw fieldCount();
                var at = slots[field] * FIELD_BYTES;
                Bytes.putLong(fields, at, hash.getMostSignificantBits());
                Bytes.putLong(fields, at + 8, hash.getLeastSignificantBits());
                Bytes.putLong(fields, at + 16, length);
            }
            field++;
        }

        private NotCopyText fieldCount() {
            return new NotCopyText("a row does not have " + slots.length + " fields");
        }

        private void sum() {
            if (field != slots.length && !(slots.length == 0 && field == 1)) throw fieldCount();
            plus(XXH3.hashBytesTo128Bits(fields, 0, fields.length));
        }
    }
}
