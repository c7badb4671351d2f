-- t_95(n): how many standard errors (sd ÷ √n) a 95 % interval reaches to each side of a mean of n values. Student's t,
-- quantile 0.975 with n − 1 degrees of freedom: exact up to 4 values, then Cornish and Fisher's series (Abramowitz and
-- Stegun 26.7.5), right to 0.001. Null below 2 values, whose spread is not known.
create or replace macro t_95(n) as case
    when n < 2 then null
    when n <= 4 then [12.70620, 4.30265, 3.18245][cast(n - 1 as bigint)]
    else
        1.95996398 + 2.37227123 / (n - 1) + 2.82249862 / pow(n - 1, 2) + 2.55584968 / pow(n - 1, 3)
        + 1.58953405 / pow(n - 1, 4)
end;

-- wilson_low(hits, n), wilson_high(hits, n): Wilson's 95 % interval of a share, hits out of n, 0 to 1. `hits` need not
-- be whole: a mean of values from 0 to 1 has an interval at least as narrow. Null where n is 0.
create or replace macro wilson_low(hits, n) as case
    when n > 0
        then greatest(
            (
                hits + 1.9207294104 - 1.9599639845 * sqrt(greatest(hits * (n - hits) / n, 0) + 0.9603647052)
            ) / (n + 3.8414588207),
            0
        )
end;
create or replace macro wilson_high(hits, n) as case
    when n > 0
        then least(
            (
                hits + 1.9207294104 + 1.9599639845 * sqrt(greatest(hits * (n - hits) / n, 0) + 0.9603647052)
            ) / (n + 3.8414588207),
            1
        )
end;

-- weighted_sd(n, sw, sww, swx, swwx, swwxx): √n times the standard error of a weighted mean, by linearization; where
-- all weights are alike it is the standard deviation. The sums are of w, w², w·x, w²·x and w²·x².
create or replace macro weighted_sd(n, sw, sww, swx, swwx, swwxx) as
sqrt(
    greatest(swwxx - 2 * (swx / sw) * swwx + (swx / sw) * (swx / sw) * sww, 0) * n * n / (n - 1)
) / sw;
