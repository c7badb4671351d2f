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
