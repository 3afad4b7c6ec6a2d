{{ count_allegations(['live_age'], within="live_age is not null") }}
