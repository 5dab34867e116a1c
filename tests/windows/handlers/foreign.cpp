// Handlers as others wrote them between 2000 and 2010: nothing here is against the rules, and nothing is as we would do it.
#include "handler.h"

#include <objidl.h>
#include <stdlib.h>

#include <stdexcept>
#include <string>

namespace {

const UINT WORK = WM_APP + 7;

// A window of the class, made on the thread of the class, as its handlers of messages expect.
HWND window_of(void *self, WNDPROC procedure, const wchar_t *name)
{
    WNDCLASSW type = {};
    type.lpfnWndProc = procedure;
    type.lpszClassName = name;
    RegisterClassW(&type);
    HWND window = CreateWindowW(name, L"", WS_POPUP, 0, 0, 1, 1, nullptr, nullptr, nullptr, nullptr);
    SetWindowLongPtrW(window, GWLP_USERDATA, (LONG_PTR)self);
    return window;
}

void start(LPTHREAD_START_ROUTINE run, void *argument)
{
    DWORD id;
    CloseHandle(CreateThread(nullptr, 0, run, argument, 0, &id));
}

// A worker that does nothing with COM: it posts messages, and the procedure of a window makes the calls. It also asks for the
// end of a loop that is not there, as dialogs leave it behind.
class Posts : public Handler {
protected:
    HRESULT prepare() override
    {
        window_ = window_of(this, procedure, L"posts");
        PostQuitMessage(0);
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        start(work, this);
        return S_OK;
    }

private:
    static DWORD WINAPI work(void *pointer)
    {
        Posts *self = static_cast<Posts *>(pointer);
        note("sent: %ld", (long)SendMessageW(self->window_, WORK, 0, 0));
        for (unsigned at = 0; at < self->n_chosen_; at++)
            PostMessageW(self->window_, WORK, self->chosen_[at], 0);
        PostMessageW(self->window_, WORK, 99, 0);
        return 0;
    }

    static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM what, LPARAM more)
    {
        Posts *self = (Posts *)GetWindowLongPtrW(window, GWLP_USERDATA);
        if (message != WORK)
            return DefWindowProcW(window, message, what, more);
        if (what == 99) {
            self->answered("completed", self->callback_->SynchronizeCompleted(S_OK));
            DestroyWindow(window);
        } else if (what) {
            self->final((unsigned)what, SYNCMGRSTATUS_SUCCEEDED);
        }
        return 5;
    }

    HWND window_ = nullptr;
};

// Works in small steps, each of which posts the next one: there is always another message. Ends when it is told to.
class Reposts : public Handler {
protected:
    HRESULT synchronize() override
    {
        window_ = window_of(this, procedure, L"reposts");
        PostMessageW(window_, WORK, 0, 0);
        return S_OK;
    }

    HRESULT status(REFSYNCMGRITEMID id, DWORD) override
    {
        if (!IsEqualGUID(id, GUID_NULL))
            return S_OK;
        DestroyWindow(window_);
        callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }

private:
    static LRESULT CALLBACK procedure(HWND window, UINT message, WPARAM what, LPARAM more)
    {
        if (message != WORK)
            return DefWindowProcW(window, message, what, more);
        PostMessageW(window, WORK, 0, 0);
        return 0;
    }

    HWND window_ = nullptr;
};

// Lays the callback into the global table, from which three workers take it: one in no apartment, one in an apartment of its own,
// one in the common one.
class Table : public Handler {
protected:
    HRESULT prepare() override
    {
        CoCreateInstance(CLSID_StdGlobalInterfaceTable, nullptr, CLSCTX_INPROC_SERVER, IID_IGlobalInterfaceTable,
                         (void **)&table_);
        answered("laid", table_->RegisterInterfaceInGlobal(callback_, IID_ISyncMgrSynchronizeCallback, &cookie_));
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        static const DWORD no_apartment = 0xffff;
        left_ = 3;
        for (DWORD kind : {no_apartment, (DWORD)COINIT_APARTMENTTHREADED, (DWORD)COINIT_MULTITHREADED})
            start(work, new Order{this, kind});
        return S_OK;
    }

private:
    struct Order {
        Table *self;
        DWORD kind;
    };

    static DWORD WINAPI work(void *pointer)
    {
        Order *order = static_cast<Order *>(pointer);
        Table *self = order->self;
        bool is_in = order->kind != 0xffff;
        if (is_in)
            CoInitializeEx(nullptr, order->kind);
        ISyncMgrSynchronizeCallback *callback = nullptr;
        HRESULT code = self->table_->GetInterfaceFromGlobal(self->cookie_, IID_ISyncMgrSynchronizeCallback, (void **)&callback);
        note("taken in %lx: 0x%08lx", order->kind, (unsigned long)code);
        if (SUCCEEDED(code)) {
            SYNCMGRPROGRESSITEM report;
            report.cbSize = sizeof report;
            report.mask = SYNCMGRPROGRESSITEM_STATUSTYPE;
            report.dwStatusType = SYNCMGRSTATUS_UPDATING;
            SYNCMGRITEMID id = item_id(1);
            note("told in %lx: 0x%08lx", order->kind, (unsigned long)callback->Progress(id, &report));
            if (InterlockedDecrement(&self->left_) == 0) {
                self->table_->RevokeInterfaceFromGlobal(self->cookie_);
                callback->SynchronizeCompleted(S_OK);
            }
            callback->Release();
        }
        if (is_in)
            CoUninitialize();
        delete order;
        return 0;
    }

    IGlobalInterfaceTable *table_ = nullptr;
    DWORD cookie_ = 0;
    LONG left_ = 0;
};

// Asks the callback for everything it might be, and goes on with what it was given for its own interface.
class Curious : public Handler {
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        if (!callback)
            return Handler::SetProgressCallback(nullptr);
        asked("IUnknown", callback, IID_IUnknown);
        asked("IMarshal", callback, IID_IMarshal);
        asked("IClientSecurity", callback, IID_IClientSecurity);
        asked("ISyncMgrSynchronizeInvoke", callback, IID_ISyncMgrSynchronizeInvoke);
        ISyncMgrSynchronizeCallback *own = nullptr;
        callback->QueryInterface(IID_ISyncMgrSynchronizeCallback, (void **)&own);
        HRESULT code = Handler::SetProgressCallback(own);
        own->Release();
        note("its own is %s", own == callback ? "the same" : "another");
        return code;
    }

    void asked(const char *name, IUnknown *object, REFIID iid)
    {
        IUnknown *found = nullptr;
        answered(name, object->QueryInterface(iid, (void **)&found));
        if (found)
            found->Release();
    }
};

// Takes no reference to the callback, and gives one back all the same.
class Borrows : public Handler {
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        note("SetProgressCallback %s", callback ? "given" : "null");
        if (!callback)
            callback_->Release();
        callback_ = callback;
        return S_OK;
    }

    HRESULT synchronize() override
    {
        // What is freed is overwritten soon.
        for (int at = 0; at < 1000; at++)
            free(memset(malloc(at % 200 + 1), 0xdd, at % 200 + 1));
        return Handler::synchronize();
    }
};

LONG CALLBACK goes_on(EXCEPTION_POINTERS *exception)
{
    return exception->ExceptionRecord->ExceptionCode == 0xe0000001 ? EXCEPTION_CONTINUE_EXECUTION : EXCEPTION_CONTINUE_SEARCH;
}

// Exceptions that are its own business.
class Raises : public Handler {
protected:
    HRESULT prepare() override
    {
        raise();
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        start(
            [](void *pointer) -> DWORD {
                raise();
                static_cast<Raises *>(pointer)->Handler::synchronize();
                return 0;
            },
            this);
        return S_OK;
    }

private:
    static void raise()
    {
        void *vectored = AddVectoredExceptionHandler(1, goes_on);
        RaiseException(0xe0000001, 0, 0, nullptr);
        RemoveVectoredExceptionHandler(vectored);
        note("bad pointer: %d", IsBadReadPtr((void *)0x10, 4));
        OutputDebugStringW(L"working\n");
        try {
            throw std::runtime_error("the server is away");
        } catch (const std::exception &caught) {
            note("caught: %s", caught.what());
        }
    }
};

class Throws : public Handler {
    HRESULT synchronize() override { throw std::runtime_error("nobody catches this"); }
};

class ThrowsInAWorker : public Handler {
    HRESULT synchronize() override
    {
        start([](void *) -> DWORD { throw std::runtime_error("nobody catches this"); }, nullptr);
        return S_OK;
    }
};

class Exits : public Handler {
    HRESULT synchronize() override
    {
        final(1, SYNCMGRSTATUS_SUCCEEDED);
        start([](void *) -> DWORD { exit(0); }, nullptr);
        return S_OK;
    }
};

// The runtime of a class takes the place of who looks at crashes, and passes none on.
class HasAFilter : public Handler {
public:
    HasAFilter() { look_at_crashes(); }

private:
    static void look_at_crashes()
    {
        SetUnhandledExceptionFilter([](EXCEPTION_POINTERS *) -> LONG { return EXCEPTION_CONTINUE_SEARCH; });
        SetErrorMode(0);
    }

    HRESULT prepare() override
    {
        look_at_crashes();
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        start([](void *) -> DWORD { return *(volatile int *)0x10 = 1; }, nullptr);
        return S_OK;
    }
};

// Its worker says that it is prepared and goes on at once, before it is asked to synchronize.
class GoesOn : public Handler {
protected:
    HRESULT prepare() override
    {
        asked_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        start(work, this);
        return S_OK;
    }

    HRESULT synchronize() override
    {
        SetEvent(asked_);
        return S_OK;
    }

private:
    static DWORD WINAPI work(void *pointer)
    {
        GoesOn *self = static_cast<GoesOn *>(pointer);
        self->callback_->PrepareForSyncCompleted(S_OK);
        HRESULT code;
        do
            code = self->progress(1, SYNCMGRPROGRESSITEM_PROGVALUE, nullptr, 0, 1, 0);
        while (code == S_OK && WaitForSingleObject(self->asked_, 0) != WAIT_OBJECT_0);
        self->answered("meanwhile", code);
        WaitForSingleObject(self->asked_, INFINITE);
        self->callback_->SynchronizeCompleted(S_OK);
        return 0;
    }

    HANDLE asked_ = nullptr;
};

// Has a thread that stays, and a reference to itself that is given back by nobody.
class Stays : public Handler {
protected:
    HRESULT synchronize() override
    {
        AddRef();
        start(
            [](void *) -> DWORD {
                CoInitialize(nullptr);
                Sleep(INFINITE);
                return 0;
            },
            nullptr);
        return Handler::synchronize();
    }
};

// Says more than anybody reads.
class Wordy : public Handler {
protected:
    HRESULT synchronize() override
    {
        std::wstring text(1500000, L'\x1');
        answered("log", callback_->LogError(SYNCMGRLOGLEVEL_INFORMATION, text.c_str(), nullptr));
        answered("progress", progress(1, SYNCMGRPROGRESSITEM_STATUSTEXT, text.c_str(), 0, 0, 0));
        return Handler::synchronize();
    }
};

// Does all of it in a loop of its own, inside of the call.
class OwnLoop : public Handler {
protected:
    HRESULT synchronize() override
    {
        SetTimer(nullptr, 0, 1, [](HWND, UINT, UINT_PTR timer, DWORD) {
            KillTimer(nullptr, timer);
            note("the timer");
            PostQuitMessage(0);
        });
        MSG message;
        while (GetMessageW(&message, nullptr, 0, 0) > 0)
            DispatchMessageW(&message);
        return Handler::synchronize();
    }
};

// A worker in an apartment of its own calls the class itself, through a proxy: that arrives on the thread of the class.
class Proxies : public Handler {
protected:
    HRESULT synchronize() override
    {
        CoMarshalInterThreadInterfaceInStream(IID_IUnknown, this, &stream_);
        start(work, this);
        return S_OK;
    }

public:
    HRESULT WINAPI QueryInterface(REFIID iid, void **object) override
    {
        if (IsEqualIID(iid, IID_IPersistStream))
            note("asked on %s thread", GetCurrentThreadId() == own_ ? "its own" : "another");
        return Handler::QueryInterface(iid, object);
    }

private:
    static DWORD WINAPI work(void *pointer)
    {
        Proxies *self = static_cast<Proxies *>(pointer);
        CoInitialize(nullptr);
        IUnknown *proxy = nullptr, *other = nullptr;
        self->answered("proxy", CoGetInterfaceAndReleaseStream(self->stream_, IID_IUnknown, (void **)&proxy));
        if (proxy) {
            self->answered("through it", proxy->QueryInterface(IID_IPersistStream, (void **)&other));
            proxy->Release();
        }
        self->callback_->SynchronizeCompleted(S_OK);
        CoUninitialize();
        return 0;
    }

    DWORD own_ = GetCurrentThreadId();
    IStream *stream_ = nullptr;
};

// Ends with a code of its own when it hears that all is to stop, and says nothing of its items.
template <unsigned long code> class Aborts : public Handler {
    HRESULT synchronize() override
    {
        start(work, this);
        return S_OK;
    }

    static DWORD WINAPI work(void *pointer)
    {
        Aborts *self = static_cast<Aborts *>(pointer);
        note("working");
        while (self->progress(1, SYNCMGRPROGRESSITEM_STATUSTYPE, nullptr, SYNCMGRSTATUS_UPDATING, 0, 0) != S_SYNCMGR_CANCELALL)
            Sleep(1);
        self->answered("completed", self->callback_->SynchronizeCompleted((HRESULT)code));
        return 0;
    }
};

// The same while it prepares.
class AbortsPreparation : public Handler {
    HRESULT prepare() override
    {
        start(
            [](void *pointer) -> DWORD {
                AbortsPreparation *self = static_cast<AbortsPreparation *>(pointer);
                note("working");
                while (self->progress(1, 0, nullptr, 0, 0, 0) != S_SYNCMGR_CANCELALL)
                    Sleep(1);
                self->callback_->PrepareForSyncCompleted(E_ABORT);
                return 0;
            },
            this);
        return S_OK;
    }
};

// Counts who still has it when the callback is taken back.
class Counts : public Handler {
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        HRESULT code = Handler::SetProgressCallback(callback);
        AddRef();
        if (!callback)
            note("references: %lu", Release());
        else
            Release();
        return code;
    }
};

} // namespace

const Class foreign[] = {
    {L"posts", make<Posts>},
    {L"reposts", make<Reposts>},
    {L"table", make<Table>},
    {L"curious", make<Curious>},
    {L"borrows", make<Borrows>},
    {L"raises", make<Raises>},
    {L"throws", make<Throws>},
    {L"throws in a worker", make<ThrowsInAWorker>},
    {L"exits", make<Exits>},
    {L"has a filter", make<HasAFilter>},
    {L"goes on", make<GoesOn>},
    {L"stays", make<Stays>},
    {L"wordy", make<Wordy>},
    {L"own loop", make<OwnLoop>},
    {L"proxies", make<Proxies>},
    {L"aborts", make<Aborts<0x80004004>>},
    {L"aborts with a success", make<Aborts<0x40204>>},
    {L"aborts preparation", make<AbortsPreparation>},
    {L"counts", make<Counts>},
    {L"counts, both", make<Counts>, L"Both"},
    {L"counts, free", make<Counts>, L"Free"},
};
const unsigned n_foreign = sizeof foreign / sizeof *foreign;
