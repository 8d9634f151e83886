{#-
  A view keeps the text of its query. The warehouse file is published under another name than it was
  built with, and a view that says warehouse.keyed.x would then find no such catalog. So relations
  of the target's own database are named by schema alone.
-#}
{% macro ref() -%}
    {%- set relation = builtins.ref(*varargs, **kwargs) -%}
    {%- if relation.database == target.database -%}
        {%- do return(relation.include(database=false)) -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
