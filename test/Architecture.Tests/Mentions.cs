using Mono.Cecil;

namespace Architecture.Tests;

/// <summary>All types that a type mentions: in its declaration, in its members' signatures, and in their code.</summary>
internal static class Mentions
{
    public static IEnumerable<TypeReference> Of(TypeDefinition type) => Direct(type).SelectMany(Parts).DistinctBy(mentioned => mentioned.FullName);

    /// <summary>Whether a type's own signatures or locals have pointers, which only unsafe code has.</summary>
    public static IEnumerable<string> Pointers(TypeDefinition type)
    {
        foreach (var field in type.Fields)
            if (HasPointer(field.FieldType)) yield return field.FullName;
        foreach (var method in type.Methods)
        {
            var types = method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType);
            if (method.HasBody) types = types.Concat(method.Body.Variables.Select(variable => variable.VariableType));
            if (types.Any(HasPointer)) yield return method.FullName;
        }
    }

    private static bool HasPointer(TypeReference type) => type is PointerType or FunctionPointerType || (type is TypeSpecification { ElementType: { } element } && HasPointer(element));

    private static IEnumerable<TypeReference> Direct(TypeDefinition type)
    {
        if (type.BaseType is not null) yield return type.BaseType;
        foreach (var implemented in type.Interfaces) yield return implemented.InterfaceType;
        foreach (var attribute in type.CustomAttributes) yield return attribute.AttributeType;
        foreach (var field in type.Fields) yield return field.FieldType;
        foreach (var method in type.Methods)
            foreach (var mentioned in OfMethod(method)) yield return mentioned;
    }

    private static IEnumerable<TypeReference> OfMethod(MethodDefinition method)
    {
        foreach (var attribute in method.CustomAttributes) yield return attribute.AttributeType;
        foreach (var mentioned in OfSignature(method)) yield return mentioned;
        if (!method.HasBody) yield break;
        foreach (var variable in method.Body.Variables) yield return variable.VariableType;
        foreach (var handler in method.Body.ExceptionHandlers)
            if (handler.CatchType is not null) yield return handler.CatchType;
        foreach (var instruction in method.Body.Instructions)
            foreach (var mentioned in OfOperand(instruction.Operand)) yield return mentioned;
    }

    private static IEnumerable<TypeReference> OfOperand(object? operand) => operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference called => OfSignature(called).Append(called.DeclaringType),
        _ => [],
    };

    private static IEnumerable<TypeReference> OfSignature(MethodReference method)
    {
        yield return method.ReturnType;
        foreach (var parameter in method.Parameters) yield return parameter.ParameterType;
        if (method is GenericInstanceMethod generic)
            foreach (var argument in generic.GenericArguments) yield return argument;
    }

    /// <summary>The types that a constructed type is made of.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type)
    {
        if (type is GenericParameter) return [];
        if (type is FunctionPointerType pointer) return pointer.Parameters.Select(parameter => parameter.ParameterType).Append(pointer.ReturnType).SelectMany(Parts);
        var parts = type is GenericInstanceType generic ? generic.GenericArguments.SelectMany(Parts) : [];
        return type is TypeSpecification specification ? parts.Concat(Parts(specification.ElementType)) : parts.Append(type);
    }
}
