package io.pgvigil.core.cost;

/// A list price.
///
/// @param source the page that has it
/// @param compared whether it was found in an independent public table as well; else it is only what
///     is commonly known
public record Price(double dollars, String unit, String source, boolean compared) {
    public Price {
        if (!(dollars > 0))
            throw new IllegalArgumentException("a price is positive, was " + dollars);
    }
}
