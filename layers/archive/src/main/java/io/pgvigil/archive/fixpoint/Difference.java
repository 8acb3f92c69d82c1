package io.pgvigil.archive.fixpoint;

/// One way in which two archives do not describe the same database.
///
/// `object` names it the way people do (`TABLE app.orders`, `ACL app.TABLE orders`), `what` says in
/// one line what differs. Both are free of line breaks and other control characters, and neither
/// shows anything that may be a secret.
public sealed interface Difference {
    String object();

    String what();

    /// Whether `drill.accept` may name it. What was never compared cannot be accepted.
    default boolean acceptable() {
        return true;
    }

    default String line() {
        return object() + ": " + what();
    }

    /// A property of an entry.
    enum Property {
        DEFINITION("definition"),
        DROP_STATEMENT("drop statement"),
        COPY_STATEMENT("COPY statement"),
        OWNER("owner"),
        TABLESPACE("tablespace"),
        ACCESS_METHOD("access method"),
        RELATION_KIND("relation kind"),
        SECTION("section"),
        DATA("having data"),
        PRIVILEGES("privileges"),
        PASSWORD("password");

        private final String word;

        Property(String word) {
            this.word = word;
        }

        @Override
        public String toString() {
            return word;
        }
    }

    /// The archives come from different tools, servers or databases.
    record HeaderDiffers(String field, String original, String again) implements Difference {
        @Override
        public String object() {
            return "ARCHIVE HEADER " + field;
        }

        @Override
        public String what() {
            return "'" + original + "' became '" + again + "'";
        }

        @Override
        public boolean acceptable() {
            return false;
        }
    }

    /// In the original only.
    record EntryMissing(String object) implements Difference {
        @Override
        public String what() {
            return "missing";
        }
    }

    /// In the second archive only.
    record EntryAdded(String object) implements Difference {
        @Override
        public String what() {
            return "added";
        }
    }

    /// In both, with another value of one property.
    ///
    /// @param mayBeRewriting whether only parentheses, casts and type-named aliases differ, so that a
    ///     third generation can show that the server rewrites the text and means the same
    record EntryChanged(String object, Property property, String what, boolean mayBeRewriting)
            implements Difference {}

    /// @param original rows in the original
    /// @param again rows in the second archive
    record RowsDiffer(String object, long original, long again) implements Difference {
        @Override
        public String what() {
            return Excerpts.rows(original) + " became " + Excerpts.rows(again);
        }
    }

    /// As many rows, but not the same.
    record ContentDiffers(String object, long rows) implements Difference {
        @Override
        public String what() {
            return "as many rows (" + rows + "), but not the same";
        }
    }

    /// Equal as text and not in meaning: the rows hold values of the row type of a table whose column
    /// order the restore changed, so their fields now belong to other columns.
    ///
    /// @param rowType the table whose row type it is
    record FieldsReordered(String object, String rowType) implements Difference {
        @Override
        public String what() {
            return "holds values of row type "
                    + rowType
                    + ", whose column order changed; their fields now mean other columns";
        }
    }

    /// An entry announces data and the facts hold none of it: nothing can be said about it.
    ///
    /// @param archive `original` or `second`
    record DataUnread(String object, String archive) implements Difference {
        @Override
        public String what() {
            return "the data in the " + archive + " archive was not read";
        }

        @Override
        public boolean acceptable() {
            return false;
        }
    }

    record LargeObjectMissing(long oid) implements Difference {
        @Override
        public String object() {
            return "LARGE OBJECT " + oid;
        }

        @Override
        public String what() {
            return "missing";
        }
    }

    record LargeObjectAdded(long oid) implements Difference {
        @Override
        public String object() {
            return "LARGE OBJECT " + oid;
        }

        @Override
        public String what() {
            return "added";
        }
    }

    /// Another owner, other privileges or other bytes (`DATA`).
    record LargeObjectChanged(long oid, Property property, String what) implements Difference {
        @Override
        public String object() {
            return "LARGE OBJECT " + oid;
        }
    }
}
