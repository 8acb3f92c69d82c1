package io.pgvigil.core.doctor;

import java.util.ArrayList;
import java.util.List;

/// What a role may not read; names are quoted as SQL wants them.
///
/// @param hiding tables of which row security hides rows from it
/// @param largeObjects how many
public record Closed(
        List<String> schemas,
        List<String> tables,
        List<String> sequences,
        List<String> hiding,
        long largeObjects) {
    public static final Closed NOTHING = new Closed(List.of(), List.of(), List.of(), List.of(), 0);

    public Closed {
        schemas = List.copyOf(schemas);
        tables = List.copyOf(tables);
        sequences = List.copyOf(sequences);
        hiding = List.copyOf(hiding);
    }

    /// One for each object; of the large ones how many.
    public List<String> words() {
        var words = new ArrayList<String>();
        schemas.forEach(name -> words.add("schema " + name + ": no USAGE"));
        tables.forEach(name -> words.add("table " + name + ": no SELECT"));
        sequences.forEach(name -> words.add("sequence " + name + ": no SELECT"));
        hiding.forEach(name -> words.add("table " + name + ": row security hides rows"));
        if (largeObjects > 0) words.add(largeObjects + " large objects: no SELECT");
        return words;
    }
}
