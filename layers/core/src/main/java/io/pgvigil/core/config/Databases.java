package io.pgvigil.core.config;

import io.pgvigil.core.DatabaseName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which databases of a server are backed up.
public sealed interface Databases {

    /// Exactly these. One that is missing on the server is an error of the run, not silence.
    record Listed(List<DatabaseName> names) implements Databases {
        public Listed {
            names = List.copyOf(names);
            if (names.isEmpty()) throw new IllegalArgumentException("no database is listed");
            if (new HashSet<>(names).size() != names.size())
                throw new IllegalArgumentException("a database is listed twice");
        }

        @Override
        public boolean includes(DatabaseName database) {
            return names.contains(database);
        }
    }

    /// Whatever the server has when the run begins, except these and what belongs to the server.
    record All(List<NamePattern> except) implements Databases {
        public All {
            except = List.copyOf(except);
        }

        @Override
        public boolean includes(DatabaseName database) {
            return !NEVER_PART_OF_ALL.contains(database.value())
                    && except.stream().noneMatch(pattern -> pattern.matches(database.value()));
        }
    }

    /// Templates cannot or need not be dumped, and `rdsadmin` lets nobody in.
    Set<String> NEVER_PART_OF_ALL = Set.of("template0", "template1", "rdsadmin");

    boolean includes(DatabaseName database);

    static Databases all() {
        return new All(List.of());
    }
}
