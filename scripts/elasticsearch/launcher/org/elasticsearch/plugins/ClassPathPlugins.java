package org.elasticsearch.plugins;

import org.elasticsearch.action.admin.cluster.node.info.PluginsAndModules;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.spi.SPIClassIterator;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;

/**
 * Loads the named plugins from the class path, in one class loader and without entitlements: the distribution loads each
 * from a folder of its own, which Maven Central does not carry. A descriptor lies in META-INF/es-plugins/NAME/.
 */
public class ClassPathPlugins extends PluginsService {
    private final List<LoadedPlugin> loaded = new ArrayList<>();

    public ClassPathPlugins(Environment environment, List<String> names) {
        super(environment.settings(), environment.configDir(), PluginsLoader.createPluginsLoader(Set.of(), Set.of(), Map.of(), false));
        for (String name : names) loaded.add(load(name, environment));
        for (LoadedPlugin plugin : loaded) {
            if (plugin.instance() instanceof ExtensiblePlugin extensible) {
                extensible.loadExtensions(new ExtensiblePlugin.ExtensionLoader() {
                    @Override
                    public <T> List<T> loadExtensions(Class<T> type) {
                        return Collections.unmodifiableList(makeProviders(type));
                    }
                });
            }
        }
    }

    private LoadedPlugin load(String name, Environment environment) {
        ClassLoader loader = ClassPathPlugins.class.getClassLoader();
        URL url = loader.getResource("META-INF/es-plugins/" + name + "/plugin-descriptor.properties");
        try (InputStream stream = url.openStream()) {
            PluginDescriptor descriptor = PluginDescriptor.readInternalDescriptorFromStream(stream);
            String className = System.getProperty("portside.plugin." + name, descriptor.getClassname());
            Class<? extends Plugin> type = loader.loadClass(className).asSubclass(Plugin.class);
            return new LoadedPlugin(descriptor, loadPlugin(type, environment.settings(), environment.configDir()), loader);
        } catch (Exception thrown) {
            throw new IllegalStateException("cannot load plugin " + name, thrown);
        }
    }

    @Override
    protected List<LoadedPlugin> plugins() {
        // The constructor of the super class asks before the field is set.
        return loaded == null ? List.of() : loaded;
    }

    @Override
    public PluginsAndModules info() {
        return new PluginsAndModules(List.of(), loaded.stream().map(LoadedPlugin::descriptor).toList());
    }

    @Override
    public <T> List<? extends T> loadServiceProviders(Class<T> type) {
        return makeProviders(type);
    }

    /** All providers of a service that belong to the server or to a plugin that was asked for. */
    private <T> List<T> makeProviders(Class<T> type) {
        Set<Class<? extends T>> classes = new LinkedHashSet<>();
        SPIClassIterator<T> found = SPIClassIterator.get(type, ClassPathPlugins.class.getClassLoader());
        while (found.hasNext()) {
            Class<? extends T> next = found.next();
            if (isOfForeignPlugin(next) == false) classes.add(next);
        }
        List<T> made = new ArrayList<>();
        for (Class<? extends T> next : classes) {
            try {
                made.add(makeProvider(type, next));
            } catch (ReflectiveOperationException thrown) {
                throw new IllegalStateException("cannot make " + next, thrown);
            }
        }
        return made;
    }

    /** A provider may want its plugin as the one argument of its constructor. */
    private <T> T makeProvider(Class<T> type, Class<? extends T> provider) throws ReflectiveOperationException {
        for (Constructor<?> constructor : provider.getConstructors()) {
            if (constructor.getParameterCount() != 1) continue;
            for (LoadedPlugin plugin : loaded) {
                if (constructor.getParameterTypes()[0].isInstance(plugin.instance())) {
                    return type.cast(constructor.newInstance(plugin.instance()));
                }
            }
        }
        return provider.getConstructor().newInstance();
    }

    /** Whether a class lies in a plugin's jar (one with META-INF/es-plugins/) that was not asked for. */
    private boolean isOfForeignPlugin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation().getPath().endsWith(".jar") == false) return false;
        for (LoadedPlugin plugin : loaded) {
            for (Class<?> own = plugin.instance().getClass(); own != null && own != Object.class; own = own.getSuperclass()) {
                CodeSource ownSource = own.getProtectionDomain().getCodeSource();
                if (ownSource != null && ownSource.getLocation().equals(source.getLocation())) return false;
            }
        }
        try (JarFile jar = new JarFile(source.getLocation().getPath())) {
            return jar.stream().anyMatch(entry -> entry.getName().startsWith("META-INF/es-plugins/"));
        } catch (IOException thrown) {
            throw new UncheckedIOException(thrown);
        }
    }
}
