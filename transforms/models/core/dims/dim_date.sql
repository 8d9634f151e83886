with

days as (
    select {{ each_day("cast('1970-01-01' as date)", add_days(as_of(), 731)) }} as date_on
),

final as (
    select
        date_on,
        {{ date_part_of('year', 'date_on') }} as year_number,
        {{ date_part_of('quarter', 'date_on') }} as quarter_number,
        {{ date_part_of('month', 'date_on') }} as month_number,
        {{ date_part_of('day', 'date_on') }} as day_number,
        {{ iso_weekday('date_on') }} as iso_weekday,
        {{ iso_weekday('date_on') }} >= 6 as is_weekend,
        {{ week_start('date_on') }} as week_start_on,
        {{ month_start('date_on') }} as month_start_on,
        {{ quarter_start('date_on') }} as quarter_start_on,
        {{ year_start('date_on') }} as year_start_on,
        date_on <= {{ as_of() }} as is_past
    from days
)

select * from final
