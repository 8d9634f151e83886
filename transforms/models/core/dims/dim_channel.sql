{%- set channels = [
    ('web', 'Web site', true, false),
    ('app', 'App', true, false),
    ('store', 'Store', false, true),
    ('phone', 'Telephone', false, true),
    ('email', 'E-mail', true, true),
    ('chat', 'Chat', true, true),
    ('social', 'Social network', true, false),
    ('messaging', 'Messaging', true, true),
    ('smart_speaker', 'Smart speaker', true, false),
    ('iot', 'Connected device', true, false),
    ('field', 'Field service', false, true),
    ('mail', 'Post', false, true),
    ('other', 'Other', false, false),
] -%}

with

final as (
    {%- for channel, name, is_digital, is_assisted in channels %}
    select
        cast('{{ channel }}' as {{ type_text() }}) as channel,
        cast('{{ name }}' as {{ type_text() }}) as name,
        {{ is_digital }} as is_digital,
        {{ is_assisted }} as is_assisted,
        cast({{ loop.index }} as {{ type_integer() }}) as sort_order
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from final
