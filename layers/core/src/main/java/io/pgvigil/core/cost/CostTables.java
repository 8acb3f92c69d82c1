package io.pgvigil.core.cost;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The tables of `docs/cost.md`.
public final class CostTables {
    private static final List<Workload> WORKLOADS =
            List.of(
                    new Workload("1 GB daily", 1, 1, Workload.SMALL),
                    new Workload("100 GB daily", 1, 100, Workload.MEDIUM),
                    new Workload("50 databases of 10 GB", 50, 10, Workload.SMALL));

    private static final int PRICE_DIGITS = 9;

    private final PriceList prices;
    private final Assumptions assumed;

    public CostTables(PriceList prices, Assumptions assumed) {
        this.prices = prices;
        this.assumed = assumed;
    }

    /// Line by line, and in all.
    public String stack() {
        var bills = WORKLOADS.stream().map(one -> MonthlyCost.of(one, assumed, prices)).toList();
        var text = new StringBuilder(head("dollars a month"));
        for (var line : bills.getFirst().lines().keySet())
            text.append(row(line, bills.stream().map(bill -> bill.of(line)).toList()));
        text.append(row("**in all**", bills.stream().map(MonthlyCost::total).toList()));
        return text.toString();
    }

    /// Beside other ways.
    public String others() {
        var bills = WORKLOADS.stream().map(one -> MonthlyCost.of(one, assumed, prices)).toList();
        return head("dollars a month")
                + row(
                        "**pgvigil**, proofs included",
                        bills.stream().map(MonthlyCost::total).toList())
                + row(
                        "the same with its tasks in a container that always runs",
                        WORKLOADS.stream()
                                .map(one -> {
                                    var bill = MonthlyCost.of(one, assumed, prices);
                                    return bill.total()
                                            - bill.of("Fargate: backups")
                                            + MonthlyCost.alwaysOn(one, prices);
                                })
                                .toList())
                + row(
                        "RDS snapshots kept as long, no proof",
                        WORKLOADS.stream()
                                .map(one -> MonthlyCost.snapshots(one, assumed, prices))
                                .toList());
    }

    /// The way from the tasks' subnets to AWS, where the VPC has none yet.
    public String network() {
        var hours = Assumptions.HOURS;
        var nat = hours * prices.of(Item.NAT_HOUR);
        var endpoints = 4 * 2 * hours * prices.of(Item.ENDPOINT_HOUR);
        return "| way | dollars a month |\n| --- | ---: |\n"
                + "| public subnets, `AssignPublicIp` ENABLED: an address while a task runs | "
                + money(hours * prices.of(Item.ADDRESS_HOUR) / 24)
                + " for each hour a day |\n"
                + "| VPC endpoints, four in two zones; S3's is free | "
                + money(endpoints)
                + " |\n"
                + "| a NAT gateway, with S3's free endpoint beside it | "
                + money(nat)
                + " |\n"
                + "| a NAT gateway alone: every stored byte passes it | "
                + money(nat)
                + " and "
                + money(1000 * prices.of(Item.NAT_GB))
                + " per 1,000 GB |\n";
    }

    /// What was taken for a price.
    public String priceList() {
        return "| dollars | for | page | compared |\n| ---: | --- | --- | --- |\n"
                + prices.prices().values().stream()
                        .map(price ->
                                "| %s | %s | %s | %s |\n"
                                        .formatted(
                                                plain(price.dollars()),
                                                price.unit(),
                                                price.source(),
                                                price.compared() ? "yes" : "no"))
                        .collect(Collectors.joining());
    }

    private static String head(String first) {
        return "| "
                + first
                + " | "
                + WORKLOADS.stream().map(Workload::name).collect(Collectors.joining(" | "))
                + " |\n| --- |"
                + " ---: |".repeat(WORKLOADS.size())
                + "\n";
    }

    private static String row(String name, List<Double> dollars) {
        return "| "
                + name
                + " | "
                + dollars.stream().map(CostTables::money).collect(Collectors.joining(" | "))
                + " |\n";
    }

    private static String money(double dollars) {
        return String.format(Locale.ROOT, "%,.2f", dollars);
    }

    private static String plain(double dollars) {
        return new BigDecimal(dollars)
                .round(new MathContext(PRICE_DIGITS))
                .stripTrailingZeros()
                .toPlainString();
    }
}
